namespace AkkaPerf.Caching.Loads;

/// <summary>Loads by a state.</summary>
internal readonly struct StateLoad<TState, TValue>(TState state, Func<TState, CancellationToken, ValueTask<TValue>> load) : ILoad<TValue>
{
    public static bool WantsContext => false;

    public ValueTask<TValue> RunAsync(LoadContext<TValue>? context, CancellationToken cancellationToken) => load(state, cancellationToken);
}
