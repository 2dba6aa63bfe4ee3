using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Caching;

/// <summary>Stores responses beside the variants that are known of their URLs. Any thread.</summary>
internal sealed class CacheWriter
{
    private readonly IPipelineStore<ProxyResponse> _store;
    private readonly CacheClock _clock;
    private readonly int _maxVariants;

    // Two variants of one URL that come at once must not lose each other.
    private readonly Lock[] _gates = [.. Enumerable.Range(0, 64).Select(static _ => new Lock())];

    public CacheWriter(IPipelineStore<ProxyResponse> store, CacheClock clock, CacheStatus status)
    {
        _store = store;
        _clock = clock;
        _maxVariants = store.Options.Http.MaxVariants;
        Name = status.Name;
    }

    /// <summary>The cache's name in Cache-Status.</summary>
    public string Name { get; }

    /// <summary>Stores what a fill brought.</summary>
    public void Store(Fill fill, StoredResponse stored)
    {
        var key = fill.Place.Key;
        lock (GateOf(key))
        {
            var known = _store.Find(key) as StoredSet;
            Set(fill, known?.With(stored, _maxVariants, _clock.Now) ?? new StoredSet(stored));
        }
    }

    /// <summary>What is stored of a fill's URL.</summary>
    public StoredResponse[] VariantsOf(Fill fill) => (_store.Find(fill.Place.Key) as StoredSet)?.Variants ?? [];

    /// <summary>Puts what was found not to have changed in the place of what was known of it; it may vary by other fields now.</summary>
    public void Refresh(Fill fill, IReadOnlyList<(StoredResponse Known, StoredResponse Fresh)> all)
    {
        var key = fill.Place.Key;
        lock (GateOf(key))
        {
            var set = _store.Find(key) as StoredSet;
            foreach (var (known, fresh) in all.Reverse())
            {
                set = set?.With(known, fresh, _maxVariants, _clock.Now) ?? new StoredSet(fresh);
            }

            Set(fill, set!);
        }
    }

    /// <summary>Keeps what was known of a URL beside what the second level was found to have of it.</summary>
    public void Keep(Fill fill, StoredSet known)
    {
        var key = fill.Place.Key;
        lock (GateOf(key))
        {
            if (_store.Find(key) is not StoredSet found || found == known)
            {
                return;
            }

            var all = found.With(known, _maxVariants, _clock.Now);
            if (all.Variants.Except(found.Variants).Any())
            {
                // To the second level too: there it was lost.
                Set(fill, all);
            }
        }
    }

    /// <summary>Has what is stale given for a moment without asking again: nothing better could be had.</summary>
    public void Hold(StoredResponse stale)
    {
        _store.Count(StoreCount.Stale);
        stale.Hold(_clock.Now + _clock.Ticks(_store.Options.Stale.RetryAfter));
    }

    /// <summary>Drops one variant.</summary>
    public void Drop(Fill fill, StoredResponse stored)
    {
        var key = fill.Place.Key;
        lock (GateOf(key))
        {
            if (_store.Find(key) is not StoredSet known)
            {
                return;
            }

            if (known.Without(stored) is { } rest)
            {
                Set(fill, rest);
            }
            else
            {
                _ = _store.RemoveAsync(key, static _ => { }).AsTask();
            }
        }
    }

    private void Set(Fill fill, StoredSet set)
    {
        if (set.ToVerdict(_clock) is { } verdict)
        {
            _store.Set(fill.Place.Key, set, verdict, (fill.Start.Version, set.AskedAt), fill);
        }
    }

    private Lock GateOf(string key) => _gates[key.GetHashCode(StringComparison.Ordinal) & (_gates.Length - 1)];
}
