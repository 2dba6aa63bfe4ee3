using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Flights;

/// <summary>One load on its way, with its type.</summary>
internal sealed class Flight<TValue> : Flight
{
    // Those who wait go on elsewhere: a slow one must not hold up the others, nor the load's own end.
    private readonly TaskCompletionSource<CacheEntry<TValue>?> _landing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Flight(int epoch)
        : base(epoch)
    {
    }

    /// <summary>What the load brought; null if nothing was loaded and nothing is known.</summary>
    public Task<CacheEntry<TValue>?> Landing => _landing.Task;

    public override bool HasLanded => _landing.Task.IsCompleted;

    /// <summary>Where it came from; to be read once it has landed.</summary>
    public CacheLevel Origin { get; private set; }

    public void Land(CacheEntry<TValue>? entry, CacheLevel origin)
    {
        Origin = origin;
        _landing.TrySetResult(entry);
    }

    public override bool TryFail(Exception exception)
    {
        if (!_landing.TrySetException(exception))
        {
            return false;
        }

        // There may be nobody left who looks at it.
        _ = _landing.Task.Exception;
        return true;
    }
}
