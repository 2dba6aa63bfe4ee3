using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Flights;

/// <summary>One load on its way, and how many wait for it.</summary>
/// <remarks>
/// Rule: who waits holds a share. With the last share the flight ends: it takes nobody any more and its load is told to stop. Whatever is
/// set or removed under its key meanwhile overtakes it: its result still reaches those who waited before, but is not stored.
/// </remarks>
internal abstract class Flight : IOvertakable
{
    private readonly CancellationTokenSource? _stop;
    private readonly CancellationToken _lifetime;

    // The shares; negative once the flight takes nobody any more.
    private int _shares = 1;
    private int _isOvertaken;
    private int _isOverseen;

    protected Flight(int epoch, CancellationToken? lifetime)
    {
        Epoch = epoch;
        _lifetime = lifetime ?? default;
        _stop = lifetime is null ? new CancellationTokenSource() : null;
    }

    /// <summary>The version of the invalidations at which the load began.</summary>
    public int Epoch { get; }

    /// <summary>What is left out for it: only who leaves out the same joins.</summary>
    public CacheSkip Skip { get; init; }

    /// <summary>For one that nobody joins and that no table knows: whose changes of keys may concern it; else null.</summary>
    public IChangeCount? Changes { get; init; }

    /// <summary>The count of changes when it began.</summary>
    public int ChangesSeen { get; init; }

    public bool IsOvertaken => Volatile.Read(ref _isOvertaken) != 0 || (Changes is not null && Changes.Changes != ChangesSeen);

    /// <summary>Cancelled when nobody waits any more.</summary>
    public CancellationToken Token => _stop?.Token ?? _lifetime;

    /// <summary>Whether those who wait have something.</summary>
    public abstract bool HasLanded { get; }

    /// <summary>Takes a share; false if the flight has ended.</summary>
    public bool TryJoin()
    {
        var seen = Volatile.Read(ref _shares);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref _shares, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Gives a share back; true if it was the last, and the load was told to stop.</summary>
    public bool Leave()
    {
        if (Interlocked.Decrement(ref _shares) > 0 || Interlocked.CompareExchange(ref _shares, int.MinValue / 2, 0) != 0)
        {
            return false;
        }

        if (HasLanded)
        {
            return false;
        }

        Stop();
        return true;
    }

    /// <summary>Tells the load to stop, whoever waits; its callbacks run on the thread pool.</summary>
    public void Stop()
    {
        if (_stop is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static stop => Cancel(stop), _stop, preferLocal: false);
        }
    }

    /// <summary>True for one caller: the one who sees to it that it does not go on for ever.</summary>
    public bool TryOversee() => Interlocked.Exchange(ref _isOverseen, 1) == 0;

    /// <summary>Sees to it that the result is not stored.</summary>
    public void Overtake() => Interlocked.Exchange(ref _isOvertaken, 1);

    /// <summary>Gives those who wait a failure; false if they have something already.</summary>
    public abstract bool TryFail(Exception exception);

    private static void Cancel(CancellationTokenSource stop)
    {
        try
        {
            stop.Cancel();
        }
        catch (AggregateException)
        {
            // A load's own callback failed; nobody waits for that load any more.
        }
    }
}
