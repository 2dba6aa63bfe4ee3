namespace AkkaPerf.Caching.Loads;

/// <summary>Loads nothing; goes with <see cref="CacheSkip.Load"/>.</summary>
internal readonly struct NoLoad<TValue> : ILoad<TValue>
{
    public static bool WantsContext => false;

    public ValueTask<TValue> RunAsync(LoadContext<TValue>? context, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Nothing is to be loaded here.");
}
