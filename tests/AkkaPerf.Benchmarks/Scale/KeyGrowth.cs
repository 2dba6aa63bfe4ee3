using System.Diagnostics;
using System.Globalization;
using AkkaPerf.Benchmarks.Caching;
using AkkaPerf.Benchmarks.Results;
using AkkaPerf.Caching;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Memory;

namespace AkkaPerf.Benchmarks.Scale;

/// <summary>A thousand to ten million keys in the first level, none evicted, hit by chance: from a million on the processor's caches hold none of it.</summary>
internal static class KeyGrowth
{
    private const int Rounds = 7;
    private const int Hits = 200_000;
    private const int WarmUpKeys = 50_000;

    // About three times what ten million need.
    private const long Needed = 12L << 30;

    private static readonly int[] Counts = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];

    private static readonly (string Name, Func<string[], Dictionary<string, Figure>> Measure)[] Contenders =
    [
        ("AkkaPerf, native", static keys => MeasureOurs(keys, L1Store.Native)),
        ("AkkaPerf, memory-cache", static keys => MeasureOurs(keys, L1Store.MemoryCache)),
        ("MemoryCache", MeasureMemoryCache),
        ("BitFaster ConcurrentLru, twice as large", MeasureLru),
    ];

    public static Growth Measure()
    {
        // Compiled for good before the few are looked at.
        foreach (var (_, measure) in Contenders)
        {
            measure(Keys(WarmUpKeys));
        }

        var rows = new List<Row>();
        foreach (var count in Counts.Where(static count => count < 10_000_000 || HasRoom()))
        {
            var keys = Keys(count);

            // One at a time, so that no more than one is in memory.
            foreach (var (name, measure) in Contenders)
            {
                rows.Add(new Row(name, count, measure(keys)));
            }
        }

        return new Growth("keys", "keys", rows);
    }

    private static string[] Keys(int count) =>
        [.. Enumerable.Range(0, count).Select(static i => string.Create(CultureInfo.InvariantCulture, $"product:{i}"))];

    private static bool HasRoom()
    {
        var memory = GC.GetGCMemoryInfo();
        return memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes > Needed;
    }

    private static Dictionary<string, Figure> MeasureOurs(string[] keys, L1Store store)
    {
        using var cache = new LocalCache<string>(new L1Options { Capacity = keys.Length, MaxBytes = 1L << 40, Store = store }, TimeProvider.System);
        return Measure(keys, key => cache.Set(key, FirstLevels.Entry()), key => FirstLevels.TryGet(cache, key, out _));
    }

    private static Dictionary<string, Figure> MeasureMemoryCache(string[] keys)
    {
        using var memory = new MemoryCache(new MemoryCacheOptions());
        return Measure(keys, key => memory.Set(key, "value", TimeSpan.FromHours(1)), key => memory.TryGetValue(key, out _));
    }

    // Its three queues share what there is: with as many keys as places it evicts.
    private static Dictionary<string, Figure> MeasureLru(string[] keys)
    {
        var lru = new ConcurrentLru<string, string>(keys.Length * 2);
        return Measure(keys, key => lru.AddOrUpdate(key, "value"), key => lru.TryGet(key, out _));
    }

    private static Dictionary<string, Figure> Measure(string[] keys, Action<string> set, Func<string, bool> find)
    {
        // Growing is part of it.
        var live = Meter.Live();
        var start = Stopwatch.GetTimestamp();
        foreach (var key in keys)
        {
            set(key);
        }

        var fill = Stopwatch.GetElapsedTime(start).TotalNanoseconds / keys.Length;
        var bytes = (double)(Meter.Live() - live) / keys.Length;
        var random = new Random(1);
        var asked = Enumerable.Range(0, Hits).Select(_ => keys[random.Next(keys.Length)]).ToArray();
        var found = asked.Count(find);
        if (found < Hits * 0.99)
        {
            throw new InvalidOperationException($"Only {found} of {Hits} were hits.");
        }

        var hits = Enumerable.Range(0, Rounds).Select(_ => Meter.Nanoseconds(Hits, i => find(asked[i]))).ToArray();
        var sets = Enumerable.Range(0, Rounds).Select(_ => Meter.Nanoseconds(Hits, i => set(asked[i]))).ToArray();
        return new Dictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["a hit"] = Figure.Of(hits, "ns"),
            ["a set that replaces"] = Figure.Of(sets, "ns"),
            ["a set while it fills"] = Figure.Of([fill], "ns"),
            ["memory of an entry, without key and value"] = Figure.Of([bytes], "B"),
        };
    }
}
