namespace AkkaPerf.Caching.Loads;

/// <summary>Loads by a state, knowing what was there before, and decides about the entry.</summary>
internal readonly struct ContextLoad<TState, TValue>(TState state, Func<TState, LoadContext<TValue>, CancellationToken, ValueTask<TValue>> load) : ILoad<TValue>
{
    public static bool WantsContext => true;

    public ValueTask<TValue> RunAsync(LoadContext<TValue>? context, CancellationToken cancellationToken) => load(state, context!, cancellationToken);
}
