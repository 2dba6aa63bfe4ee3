using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>Keeps what a pipeline's loads bring, unless its key was set or removed meanwhile. Any thread.</summary>
internal sealed class LoadKeeper
{
    private readonly CacheLevels<string> _levels;
    private readonly LoadTable _loads;
    private readonly UnshareableKeys _unshareable;

    public LoadKeeper(CacheLevels<string> levels, LoadTable loads, UnshareableKeys unshareable)
    {
        _levels = levels;
        _loads = loads;
        _unshareable = unshareable;
    }

    /// <summary>Marks from when on an exchange's key may be set or removed.</summary>
    public void Begin(Exchange exchange, long now)
    {
        exchange.CacheVersion = _levels.Table.Version;
        exchange.Overtakings = _loads.Overtakings;
        exchange.SentAt = exchange.WaitsSince = now;
    }

    /// <summary>Keeps an entry that an exchange's handler has brought, as of now.</summary>
    public void Keep(Exchange exchange, CacheEntry entry, long now)
    {
        if (!MayKeep(exchange) || !_levels.Table.IsValid(entry, exchange.Key!, _levels.TextOf))
        {
            return;
        }

        _levels.Failed.Remove(exchange.Key!);
        _levels.First.Set(exchange.Key!, entry, exchange, now);
        if (_levels.Second is not null)
        {
            exchange.StoreSecond();
        }

        _unshareable.Remove(exchange.Key!);
        if (_levels.Second is not null && !MayKeep(exchange))
        {
            // Set or removed in this very moment: that wins. The first level has looked for itself.
            _ = _levels.RemoveSecond(exchange.Key!);
        }
    }

    /// <summary>Whether nobody has changed its key or taken its place. Only the load that is its key's can be told of that; for any other it may have been its own.</summary>
    public bool MayKeep(Exchange exchange) =>
        !exchange.IsOvertaken && (exchange.Overtakings == _loads.Overtakings || _loads.Find(exchange.Key!) == exchange);
}
