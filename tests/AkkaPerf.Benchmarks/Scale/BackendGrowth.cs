using System.Diagnostics;
using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Benchmarks.Balancing;
using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Scale;

/// <summary>One to ten thousand backends under every policy.</summary>
internal static class BackendGrowth
{
    private const int Rounds = 15;
    private const int WarmUps = 3;
    private const int Picks = 20_000;

    private static readonly int[] Counts = [1, 10, 100, 1_000, 10_000];

    public static Growth Measure()
    {
        // Compiled for good before one backend alone is looked at.
        for (var warmUp = 0; warmUp < WarmUps; warmUp++)
        {
            foreach (var policy in BalancingPolicies.Names)
            {
                Measure(Counts[2], policy);
            }
        }

        var rows = new List<Row>();
        foreach (var count in Counts)
        {
            foreach (var policy in BalancingPolicies.Names)
            {
                rows.Add(new Row("AkkaPerf " + policy, count, Measure(count, policy)));
            }
        }

        return new Growth("backends", "backends", rows);
    }

    private static Dictionary<string, Figure> Measure(int count, string policy)
    {
        var live = Meter.Live();
        var fleet = new Fleet(count, policy);
        fleet.Run(Picks);
        var bytes = (double)(Meter.Live() - live) / count;
        var picks = Enumerable.Range(0, Rounds).Select(_ => Meter.Nanoseconds(Picks, i => fleet.Pick(i))).ToArray();
        var (changes, afterwards) = Changes(fleet);
        return new Dictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["a pick, told how it went"] = Figure.Of(picks, "ns"),
            ["one comes or goes, until it is known"] = Figure.Of(changes, "µs"),
            ["the first pick after it"] = Figure.Of(afterwards, "µs"),
            ["memory of one"] = Figure.Of([bytes], "B"),
        };
    }

    private static (List<double> Changes, List<double> Afterwards) Changes(Fleet fleet)
    {
        var changes = new List<double>();
        var afterwards = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            Time(() => fleet.Directory.Add(new BackendOptions { Id = "late", Address = new Uri("http://10.0.0.2:80") }));
            Time(() => fleet.Directory.Remove("late"));
        }

        return (changes, afterwards);

        void Time(Action change)
        {
            var start = Stopwatch.GetTimestamp();
            change();
            changes.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            start = Stopwatch.GetTimestamp();
            fleet.Pick(0);
            afterwards.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
    }
}
