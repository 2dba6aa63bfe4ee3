using AkkaPerf.Telemetry;

namespace AkkaPerf.Caching;

/// <summary>The instruments of the cache; nothing for a pipeline without one.</summary>
internal static class CachingMetrics
{
    public static void Define<T>(InstrumentSet<T> to, Func<T, CacheStatistics?> of)
        where T : class
    {
        to.Counter("akkaperf.caching.requests", "{request}", "Look-ups by level and what they found.", Each(static (cache, readings) =>
        {
            readings.Add(cache.LocalHits, Tags.Level, "local", Tags.Result, "hit");
            readings.Add(cache.LocalMisses, Tags.Level, "local", Tags.Result, "miss");
            if (cache.Distributed is { } second)
            {
                readings.Add(second.Hits, Tags.Level, "distributed", Tags.Result, "hit");
                readings.Add(second.Misses, Tags.Level, "distributed", Tags.Result, "miss");
                readings.Add(second.Unavailable, Tags.Level, "distributed", Tags.Result, "unavailable");
            }
        }));
        to.Counter("akkaperf.caching.joined", "{request}", "Misses that joined a load in flight.", Each(static (cache, readings) => readings.Add(cache.Joined)));
        to.Counter("akkaperf.caching.stale", "{request}", "Answers past their life.", Each(static (cache, readings) => readings.Add(cache.Stale)));
        to.Counter("akkaperf.caching.refreshes", "{refresh}", "Refreshes in the background that a hit set going.", Each(static (cache, readings) =>
            readings.Add(cache.Refreshes)));
        to.Counter("akkaperf.caching.loads", "{load}", "Calls of the source.", Each(static (cache, readings) =>
        {
            readings.Add(cache.Loads - cache.LoadFailures, Tags.Outcome, "answered");
            readings.Add(cache.LoadFailures, Tags.Outcome, "failed");
        }));
        to.Counter("akkaperf.caching.evictions", "{entry}", "Entries that the first level has dropped by itself, by the reason.", Each(static (cache, readings) =>
        {
            readings.Add(cache.EvictedByCapacity, Tags.Reason, "capacity");
            readings.Add(cache.EvictedByWeight, Tags.Reason, "bytes");
            readings.Add(cache.Expired, Tags.Reason, "expired");
            readings.Add(cache.Invalidated, Tags.Reason, "invalidated");
        }));
        to.Number("akkaperf.caching.loads.active", "{load}", "Loads in flight.", Each(static (cache, readings) => readings.Add(cache.InFlight)));
        to.Number("akkaperf.caching.entries", "{entry}", "Entries in the first level.", Each(static (cache, readings) => readings.Add(cache.Entries)));
        to.Number("akkaperf.caching.size", "By", "Their estimated size.", Each(static (cache, readings) => readings.Add(cache.Bytes)));
        DefineSecond(to, (source, readings, read) =>
        {
            if (of(source)?.Distributed is { } second)
            {
                read(second, readings);
            }
        });

        Action<T, Readings> Each(Action<CacheStatistics, Readings> read) => (source, readings) =>
        {
            if (of(source) is { } cache)
            {
                read(cache, readings);
            }
        };
    }

    private static void DefineSecond<T>(InstrumentSet<T> to, Action<T, Readings, Action<SecondLevelStatistics, Readings>> of)
        where T : class
    {
        to.Gauge("akkaperf.caching.distributed.up", "{store}", "1 while the second level is asked, 0 while its breaker is open.", Each(static (second, readings) =>
            readings.Add(second.IsUp ? 1 : 0)));
        to.Counter("akkaperf.caching.distributed.errors", "{operation}", "Operations in which the second level failed, by how.", Each(static (second, readings) =>
        {
            readings.Add(second.Errors, Tags.ErrorType, "error");
            readings.Add(second.Timeouts, Tags.ErrorType, "timeout");
            readings.Add(second.Rejected, Tags.ErrorType, "rejected");
            readings.Add(second.WritesDropped, Tags.ErrorType, "dropped");
        }));
        to.Counter("akkaperf.caching.distributed.io", "By", "Bytes read from the second level and written to it.", Each(static (second, readings) =>
        {
            readings.Add(second.BytesIn, Tags.Direction, "read");
            readings.Add(second.BytesOut, Tags.Direction, "write");
        }));
        to.Number("akkaperf.caching.distributed.waiting", "{operation}", "Operations that wait for the second level to be back.", Each(static (second, readings) =>
            readings.Add(second.Waiting)));

        Action<T, Readings> Each(Action<SecondLevelStatistics, Readings> read) => (source, readings) => of(source, readings, read);
    }
}
