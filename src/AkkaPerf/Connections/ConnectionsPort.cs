using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Connections;

/// <summary>Where the bottom stage meets the pool's and the handlers' threads; belongs to the pipeline and outlives a stage.</summary>
internal sealed class ConnectionsPort
{
    private readonly Lock _gate = new();
    private volatile bool _isOver;

    /// <summary>Exchanges whose wait for a lease has ended.</summary>
    public Inbox<Exchange> Leased { get; } = new();

    /// <summary>Exchanges whose handler has ended.</summary>
    public Inbox<Exchange> Ended { get; } = new();

    /// <summary>Tells the reason for those who still wait when a stage ends.</summary>
    public Func<RefusalReason> WhyItEnds { get; init; } = static () => RefusalReason.PipelineRestarting;

    /// <summary>Exchanges that wait for a connection.</summary>
    public int Acquiring { get; set; }

    public void PostLeased(Exchange exchange)
    {
        Leased.Post(exchange);
        SettleIfOver();
    }

    public void PostEnded(Exchange exchange)
    {
        Ended.Post(exchange);
        SettleIfOver();
    }

    /// <summary>No stage will come any more: from now on whoever reports an exchange returns it.</summary>
    public void Close()
    {
        _isOver = true;
        SettleIfOver();
    }

    /// <summary>Returns an exchange of a stage that is no more.</summary>
    public static void Settle(Exchange exchange, ExchangeCounters counters)
    {
        exchange.Phase = ExchangePhase.OnIsland;
        if (exchange.IsZombie)
        {
            exchange.IsZombie = false;
            counters.ZombieEnded();
        }

        exchange.Return();
    }

    private void SettleIfOver()
    {
        if (!_isOver)
        {
            return;
        }

        lock (_gate)
        {
            while (Leased.TryTake(out var exchange) || Ended.TryTake(out exchange))
            {
                Settle(exchange, exchange.Counters);
            }
        }
    }
}
