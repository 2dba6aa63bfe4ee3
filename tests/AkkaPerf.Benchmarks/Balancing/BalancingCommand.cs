using System.Diagnostics;
using System.Globalization;
using AkkaPerf.Backends;
using AkkaPerf.Balancing;

namespace AkkaPerf.Benchmarks.Balancing;

/// <summary>What it costs to find a backend and to tell it how it went, every policy, at 10 to 10,000 backends; and to change one of them.</summary>
internal static class BalancingCommand
{
    private const int Operations = 50_000;

    // The runtime compiles anew what runs often, in the background and in two steps: what is measured before is the code of its first attempt.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private static readonly int[] Sizes = [10, 1_000, 10_000];

    public static int Run(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20;
        Console.WriteLine($"## pick and complete, {Fleet.InFlight} in flight, ns and bytes (best and median of {rounds} interleaved rounds of {Operations:N0})");
        Console.WriteLine();
        Console.WriteLine("| policy | 10 | 1,000 | 10,000 | bytes |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var policy in BalancingPolicies.Names.Where(policy => args.Length < 2 || args.Contains(policy)))
        {
            Picks(policy, rounds);
        }

        if (args.Length < 2)
        {
            Changes(rounds);
        }

        return 0;
    }

    private static void Picks(string policy, int rounds)
    {
        var fleets = Sizes.Select(size => new Fleet(size, policy)).ToArray();
        var costs = Sizes.Select(static _ => new List<double>()).ToArray();
        var bytes = 0.0;
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < WarmUp;)
        {
            Array.ForEach(fleets, static fleet => fleet.Run(Operations));
        }

        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < fleets.Length; i++)
            {
                var allocated = GC.GetAllocatedBytesForCurrentThread();
                var start = Stopwatch.GetTimestamp();
                fleets[i].Run(Operations);
                var cost = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Operations;
                costs[i].Add(cost);
                bytes = Math.Max(bytes, (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / Operations);
            }
        }

        var cells = costs.Select(static all => $"{all.Min():0} / {all.Order().ElementAt(all.Count / 2):0}");
        Console.WriteLine($"| {policy} | {string.Join(" | ", cells)} | {bytes:0} |");
    }

    private static void Changes(int rounds)
    {
        Console.WriteLine();
        Console.WriteLine($"## one change of 10,000 backends until it is published, and the first pick after it, ms (best and median of {rounds * 5})");
        Console.WriteLine();
        Console.WriteLine("| policy | a state | the pick after it | a weight | the pick after it |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var policy in BalancingPolicies.Names)
        {
            var fleet = new Fleet(10_000, policy);
            fleet.Run(1000);

            // By hand: what probes say of so many is published a moment later, with what others say.
            var (state, afterState) = Change(fleet, rounds * 5, (directory, i) => directory.Drain(directory.Current.All[i].Backend.Id, draining: true));
            var (weight, afterWeight) = Change(fleet, rounds * 5, (directory, i) => directory.SetWeight(directory.Current.All[i].Backend.Id, 2));
            Console.WriteLine($"| {policy} | {state} | {afterState} | {weight} | {afterWeight} |");
        }
    }

    private static (string Change, string Pick) Change(Fleet fleet, int times, Action<BackendDirectory, int> change)
    {
        var changes = new List<double>();
        var picks = new List<double>();
        for (var i = 0; i < times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            change(fleet.Directory, i);
            changes.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            start = Stopwatch.GetTimestamp();
            fleet.Run(1);
            picks.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return (Text(changes), Text(picks));
    }

    private static string Text(List<double> all) => string.Create(
        CultureInfo.InvariantCulture, $"{all.Min():0.00} / {all.Order().ElementAt(all.Count / 2):0.00}");
}
