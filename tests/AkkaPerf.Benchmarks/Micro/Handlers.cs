namespace AkkaPerf.Benchmarks.Micro;

/// <summary>What stands for a service.</summary>
internal static class Handlers
{
    /// <summary>Gives its thread away once, as whoever asks the network does.</summary>
    public static async ValueTask<string> YieldOnceAsync(string key, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return key;
    }

    public static ValueTask<string> CompleteAtOnceAsync(string key, CancellationToken cancellationToken) => new(key);

    /// <summary>Where nothing may be asked for: a hit that is none shows.</summary>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public static ValueTask<string> RefuseAsync(string key, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("What should have been a hit was none.");
}
