using System.Globalization;
using AkkaPerf.Simulations.Caching;
using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using BitFaster.Caching.Scheduler;

namespace AkkaPerf.Benchmarks.Caching;

/// <summary>The whole table of hit ratios: our first level, its peers, and reference policies, on the same traces.</summary>
internal static class HitRatioCommand
{
    public static int Run(string[] args)
    {
        var draws = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5_000_000;
        var seeds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        var only = args.Length > 2 ? args[2] : "";
        (string Name, int Capacity, Func<int, IEnumerable<int>> Trace)[] cases =
        [
            ("Zipf 0.9, 0.5 %", 50, seed => Traces.Zipf(10_000, 0.9, draws, seed)),
            ("Zipf 0.9, 10 %", 1_000, seed => Traces.Zipf(10_000, 0.9, draws, seed)),
            ("Zipf 1.0, 1 %", 100, seed => Traces.Zipf(10_000, 1.0, draws, seed)),
            ("Zipf 1.0, 10 %", 1_000, seed => Traces.Zipf(10_000, 1.0, draws, seed)),
            ("Zipf 1.1, 1 %", 100, seed => Traces.Zipf(10_000, 1.1, draws, seed)),
            ("Zipf 1.5, 1 %", 100, seed => Traces.Zipf(10_000, 1.5, draws, seed)),
            ("recency, scale 500, 1,000", 1_000, seed => Traces.Recency(500, 0.1, draws, seed)),
            ("recency, scale 1,000, 1,000", 1_000, seed => Traces.Recency(1_000, 0.1, draws, seed)),
            ("recency and Zipf, 1,000", 1_000, seed => Traces.Mixed(Traces.Recency(400, 0.1, draws, seed), Traces.Zipf(10_000, 0.9, draws, seed), 0.5, draws, seed)),
            ("echo after 800, 1,000", 1_000, _ => Traces.Echo(400, draws)),
            ("loop of 1,100, 1,000", 1_000, _ => Traces.Loop(1_100, draws)),
            ("loop of 1,500, 1,000", 1_000, _ => Traces.Loop(1_500, draws)),
            ("loop of 3,000, 1,000", 1_000, _ => Traces.Loop(3_000, draws)),
            ("Zipf 0.9 shifting after 100,000", 1_000, seed => Traces.Shifting(10_000, 0.9, 100_000, draws, seed)),
            ("Zipf 0.9 shifting after 20,000", 1_000, seed => Traces.Shifting(10_000, 0.9, 20_000, draws, seed)),
            ("Zipf 0.9 with scans", 1_000, seed => Traces.Scanned(10_000, 0.9, 2_000, draws, seed)),
        ];

        Console.WriteLine($"Hit ratio in per cent, {draws:N0} draws from a cold start, AkkaPerf and LRU: mean of {seeds} seeds, others: of one");
        Console.WriteLine();
        Console.WriteLine("| trace | AkkaPerf | ConcurrentLfu | ConcurrentLru | LRU | LFU (perfect) | LIRS |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var (name, capacity, trace) in cases.Where(one => one.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            var lfu = new ConcurrentLfu<int, int>(1, capacity, new ForegroundScheduler(), EqualityComparer<int>.Default);
            var lru = new ConcurrentLru<int, int>(1, Math.Max(3, capacity), EqualityComparer<int>.Default);
            double[] row =
            [
                HitRatio.OfOurs(capacity, seeds, trace),
                HitRatio.Of(new Peer((key, load) => lfu.GetOrAdd(key, load)), trace(1)),
                HitRatio.Of(new Peer((key, load) => lru.GetOrAdd(key, load)), trace(1)),
                Enumerable.Range(1, seeds).Average(seed => HitRatio.Of(new LruSimulator(capacity), trace(seed))),
                HitRatio.Of(new LfuSimulator(capacity), trace(1)),
                HitRatio.Of(new LirsSimulator(capacity), trace(1)),
            ];
            Console.WriteLine($"| {name} | {string.Join(" | ", row.Select(ratio => ratio.ToString("0.00", CultureInfo.InvariantCulture)))} |");
        }

        return 0;
    }

    private sealed class Peer : ICacheSimulator
    {
        private readonly Func<int, Func<int, int>, int> _getOrAdd;
        private readonly Func<int, int> _load;
        private bool _isMiss;

        public Peer(Func<int, Func<int, int>, int> getOrAdd)
        {
            _getOrAdd = getOrAdd;
            _load = key =>
            {
                _isMiss = true;
                return key;
            };
        }

        public bool Access(int key)
        {
            _isMiss = false;
            _getOrAdd(key, _load);
            return !_isMiss;
        }
    }
}
