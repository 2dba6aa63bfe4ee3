using System.Diagnostics;
using System.Globalization;
using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using Microsoft.Extensions.Caching.Memory;

namespace AkkaPerf.Benchmarks.Caching;

/// <summary>The first level beside its peers in a minute: short interleaved rounds of one process, and what a million entries occupy.</summary>
internal static class FirstLevelCommand
{
    private const int Operations = 50_000;
    private const int Entries = 1_000_000;

    public static int Run(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200;
        foreach (var capacity in new[] { 10_000, FirstLevels.Keys })
        {
            using var levels = new FirstLevels(capacity);
            Hits(levels, rounds, $"hits, {FirstLevels.Keys:N0} keys by Zipf 0.9, capacity {capacity:N0}");
        }

        using (var levels = new FirstLevels(FirstLevels.Keys))
        {
            Sets(levels, rounds);
        }

        Memory();
        return 0;
    }

    private static void Hits(FirstLevels levels, int rounds, string title) => Compare(title, rounds,
    [
        ("MemoryCache TryGetValue", i => levels.MemoryCache.TryGetValue(levels.KeyOf(i), out _)),
        ("AkkaPerf native, as TryGet", i => FirstLevels.TryGet(levels.Native, levels.KeyOf(i), out _)),
        ("AkkaPerf native, timestamp given", i => levels.Native.Find(levels.KeyOf(i), TimeProvider.System.GetTimestamp()) is not null),
        ("AkkaPerf native, Find alone", i => levels.Native.Find(levels.KeyOf(i), 0) is not null),
        ("AkkaPerf on MemoryCache, as TryGet", i => FirstLevels.TryGet(levels.OnMemoryCache, levels.KeyOf(i), out _)),
        ("AkkaPerf on MemoryCache, Find alone", i => levels.OnMemoryCache.Find(levels.KeyOf(i), 0) is not null),
        ("ConcurrentLru TryGet", i => levels.Lru.TryGet(levels.KeyOf(i), out _)),
        ("ConcurrentLfu TryGet", i => levels.Lfu.TryGet(levels.KeyOf(i), out _)),
        ("FusionCache TryGet", i => levels.Fusion.TryGet<string>(levels.KeyOf(i)).HasValue),
        ("a timestamp", _ => TimeProvider.System.GetTimestamp() != 0),
    ]);

    private static void Sets(FirstLevels levels, int rounds)
    {
        var fresh = Enumerable.Range(0, 1 << 20).Select(i => $"fresh:{i}").ToArray();
        var next = 0;
        Compare("sets, entry included, the cache full", rounds / 4,
        [
            ("MemoryCache, replacing", i => levels.MemoryCache.Set(levels.KeyOf(i), "value", TimeSpan.FromHours(1)) is not null),
            ("AkkaPerf native, replacing", i => Set(levels.Native, levels.KeyOf(i))),
            ("AkkaPerf native, a new key", _ => Set(levels.Native, fresh[next++ & (fresh.Length - 1)])),
            ("AkkaPerf on MemoryCache, replacing", i => Set(levels.OnMemoryCache, levels.KeyOf(i))),
            ("AkkaPerf on MemoryCache, a new key", _ => Set(levels.OnMemoryCache, fresh[next++ & (fresh.Length - 1)])),
            ("ConcurrentLfu, a new key", _ =>
            {
                levels.Lfu.AddOrUpdate(fresh[next++ & (fresh.Length - 1)], "value");
                return true;
            }),
            ("the entry alone", _ => FirstLevels.Entry() is not null),
        ]);
    }

    private static bool Set(LocalCache<string> cache, string key)
    {
        cache.Set(key, FirstLevels.Entry());
        return true;
    }

    private static void Compare(string title, int rounds, (string Name, Func<int, bool> Run)[] contenders)
    {
        var costs = contenders.Select(_ => new List<double>()).ToArray();
        var bytes = new double[contenders.Length];
        for (var round = -rounds / 4; round < rounds; round++)
        {
            for (var c = 0; c < contenders.Length; c++)
            {
                var run = contenders[c].Run;
                var allocated = GC.GetAllocatedBytesForCurrentThread();
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < Operations; i++)
                {
                    run(i);
                }

                var cost = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Operations;
                if (round >= 0)
                {
                    costs[c].Add(cost);
                    bytes[c] = (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / Operations;
                }
            }
        }

        Console.WriteLine();
        Console.WriteLine($"## {title} (of {rounds} interleaved rounds of {Operations:N0})");
        Console.WriteLine();
        Console.WriteLine("| contender | ns, best | ns, median | bytes | best to the first's |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        for (var c = 0; c < contenders.Length; c++)
        {
            var sorted = costs[c].Order().ToArray();
            Console.WriteLine($"| {contenders[c].Name} | {sorted[0]:0.0} | {sorted[sorted.Length / 2]:0.0} | {bytes[c]:0} | {sorted[0] / costs[0].Min():0.00} |");
        }
    }

    private static void Memory()
    {
        Console.WriteLine();
        Console.WriteLine($"## memory of {Entries:N0} entries, without keys and values, with their CacheEntry where there is one");
        Console.WriteLine();
        Console.WriteLine("| contender | bytes an entry |");
        Console.WriteLine("|---|---:|");
        var keys = Enumerable.Range(0, Entries).Select(i => $"product:{i}").ToArray();
        foreach (var store in new[] { L1Store.Native, L1Store.MemoryCache })
        {
            Occupied($"AkkaPerf {store}", keys, () =>
            {
                var cache = new LocalCache<string>(new L1Options { Capacity = Entries, MaxBytes = 1L << 40, Store = store }, TimeProvider.System);
                return (cache, key => cache.Set(key, FirstLevels.Entry()));
            });
        }

        Occupied("the CacheEntry alone", keys, () =>
        {
            var entries = new List<CacheEntry>(Entries);
            return (entries, _ => entries.Add(FirstLevels.Entry()));
        });
        Occupied("MemoryCache", keys, () =>
        {
            var cache = new MemoryCache(new MemoryCacheOptions());
            return (cache, key => cache.Set(key, "value", TimeSpan.FromHours(1)));
        });
        Occupied("ConcurrentLru", keys, () =>
        {
            var cache = new BitFaster.Caching.Lru.ConcurrentLru<string, string>(Entries);
            return (cache, key => cache.AddOrUpdate(key, "value"));
        });
        Occupied("ConcurrentLfu", keys, () =>
        {
            var cache = new BitFaster.Caching.Lfu.ConcurrentLfu<string, string>(Entries);
            return (cache, key => cache.AddOrUpdate(key, "value"));
        });
    }

    private static void Occupied(string name, string[] keys, Func<(object Cache, Action<string> Set)> create)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (cache, set) = create();
        foreach (var key in keys)
        {
            set(key);
        }

        var occupied = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(cache);
        Console.WriteLine($"| {name} | {(double)occupied / keys.Length:0.0} |");
        (cache as IDisposable)?.Dispose();
    }
}
