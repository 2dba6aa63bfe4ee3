using System.Globalization;
using Akka.Actor;

namespace AkkaPerf.Benchmarks.Figures;

/// <summary>The figures: each contender in turn, round after round in one process; medians and ratios.</summary>
internal static class FiguresCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 7;
        var only = args.Length > 1 ? args[1] : "";

        // One contender alone, as a profiler wants it.
        var alone = args.Length > 2 ? args[2] : "";
        var system = ActorSystem.Create("figures");
        await using var contenders = new Contenders(system);
        foreach (var (title, requests, group) in contenders.Groups())
        {
            if (!title.Contains(only, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var chosen = group.Where(contender => contender.Name.Contains(alone, StringComparison.OrdinalIgnoreCase)).ToArray();
            if (chosen.Length > 0)
            {
                await RunGroupAsync(title, requests, chosen, rounds);
            }
        }

        await system.Terminate();
        return 0;
    }

    public static async Task RunGroupAsync(string title, int requests, Contender[] group, int rounds)
    {
        for (var warmUp = 0; warmUp < 3; warmUp++)
        {
            foreach (var contender in group)
            {
                await contender.RunAsync(requests, isWarmUp: true);
            }
        }

        for (var round = 0; round < rounds; round++)
        {
            foreach (var contender in group)
            {
                await contender.RunAsync(requests, isWarmUp: false);
            }
        }

        Console.WriteLine();
        Console.WriteLine($"## {title} (medians of {rounds} interleaved rounds of {requests:N0} requests)");
        Console.WriteLine();
        Console.WriteLine("| contender | CPU ns | wall ns | bytes | CPU to the first |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        var first = Median(group[0].Rounds, round => round.CpuNanoseconds);
        foreach (var contender in group)
        {
            var cpu = Median(contender.Rounds, round => round.CpuNanoseconds);
            Console.WriteLine(
                $"| {contender.Name} | {cpu:N0} | {Median(contender.Rounds, round => round.WallNanoseconds):N0} " +
                $"| {Median(contender.Rounds, round => round.Bytes):N0} | {cpu / first:0.00} |");
        }
    }

    private static double Median(IEnumerable<Measurement> rounds, Func<Measurement, double> pick)
    {
        var sorted = rounds.Select(pick).Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
