namespace AkkaPerf.Caching.Loads;

/// <summary>Loads by the key alone.</summary>
internal readonly struct KeyLoad<TKey, TValue>(TKey key, Func<TKey, CancellationToken, ValueTask<TValue>> load) : ILoad<TValue>
{
    public static bool WantsContext => false;

    public ValueTask<TValue> RunAsync(LoadContext<TValue>? context, CancellationToken cancellationToken) => load(key, cancellationToken);
}
