namespace AkkaPerf.Benchmarks.Figures;

/// <summary>Each contender in turn, round after round in one process; medians and ratios.</summary>
internal static class FigureRounds
{
    public static async Task RunGroupAsync(string title, int requests, Contender[] group, int rounds)
    {
        await MeasureAsync(requests, group, rounds);
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

    /// <summary>Rounds without a word; the contenders keep what they cost.</summary>
    public static async Task MeasureAsync(int requests, Contender[] group, int rounds)
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
    }

    private static double Median(IEnumerable<Measurement> rounds, Func<Measurement, double> pick)
    {
        var sorted = rounds.Select(pick).Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
