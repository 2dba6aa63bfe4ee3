using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Caching;

/// <summary>Where the caching stage meets other threads; belongs to the pipeline and outlives a stage.</summary>
internal sealed class CachingPort
{
    private readonly Lock _gate = new();
    private volatile bool _isOver;

    public CachingPort(TimeProvider time) => Unshareable = new UnshareableKeys(time);

    /// <summary>Loads that answered their first caller with something that cannot be shared.</summary>
    public Inbox<Exchange> Unshared { get; } = new();

    /// <summary>Loads' questions to the second level that have been answered.</summary>
    public Inbox<LookUp> LookedUp { get; } = new();

    /// <summary>Loads that ended without the island, for which others wait.</summary>
    public Inbox<Exchange> Followed { get; } = new();

    /// <summary>Keys whose answers cannot be shared.</summary>
    public UnshareableKeys Unshareable { get; }

    /// <summary>Takes a load whose followers are to be answered.</summary>
    public void PostFollowed(Exchange load)
    {
        Followed.Post(load);
        SettleIfOver();
    }

    /// <summary>No stage will come any more: from now on whoever reports a load returns it.</summary>
    public void Close()
    {
        _isOver = true;
        SettleIfOver();
    }

    private void SettleIfOver()
    {
        if (!_isOver)
        {
            return;
        }

        lock (_gate)
        {
            while (Followed.TryTake(out var load))
            {
                load.Return();
            }
        }
    }
}
