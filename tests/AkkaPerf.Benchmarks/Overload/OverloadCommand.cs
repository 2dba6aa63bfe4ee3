using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using AkkaPerf.Benchmarks.Musts;
using AkkaPerf.Benchmarks.Results;
using Polly;

namespace AkkaPerf.Benchmarks.Overload;

/// <summary>More requests than a server can answer: how many are answered in time all the same, how soon, and what it costs to send the others away.</summary>
internal static class OverloadCommand
{
    private const int Rounds = 3;

    private static readonly double[] Loads = [0.5, 0.9, 1, 2, 5, 10];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LeastService = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan MostService = TimeSpan.FromMilliseconds(15);

    /// <summary>Seconds a run, and a part of a contender's name; only whole runs are kept.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 4;
        var alone = args.Length > 1 ? args[1] : "";
        var guards = Guards.All.Where(guard => guard.Name.Contains(alone, StringComparison.OrdinalIgnoreCase)).ToArray();
        var runs = new OverloadRuns();

        // Compiled before it counts.
        foreach (var (_, create) in guards)
        {
            await MeasureAsync(create, 2 * Guards.Permits / 0.01, TimeSpan.FromSeconds(1), seed: 0);
        }

        for (var round = 0; round < Rounds; round++)
        {
            var unloaded = await MeasureAsync(Guards.None, 200, TimeSpan.FromSeconds(Math.Max(seconds, 2)), seed: round);
            foreach (var load in Loads)
            {
                // Just before: what the machine does now it did then.
                var capacity = await CapacityAsync(seed: round);
                foreach (var (name, create) in guards)
                {
                    var figures = await MeasureAsync(create, load * capacity, TimeSpan.FromSeconds(seconds), seed: (round * 1000) + (int)(load * 10));
                    runs.Add(name, load, capacity, unloaded.Quantile(0.99), figures);
                }
            }

            Console.WriteLine($"Round {round + 1} of {Rounds}: unloaded p50 {unloaded.Quantile(0.5):0.0} ms, p99 {unloaded.Quantile(0.99):0.0} ms");
        }

        var scenario = new Scenario("open loop before a server of 20 workers, 5 to 15 ms a request", "load to capacity", runs.Rows(Loads));
        Console.WriteLine(ResultTable.Markdown(scenario));
        var verdicts = AllMusts.Judge("overload", [scenario]);
        Console.WriteLine(VerdictTable.Markdown(verdicts, isWhole: alone.Length == 0));
        if (alone.Length == 0)
        {
            Console.WriteLine((ResultOf(seconds, scenario) with { Musts = verdicts }).Save());
        }

        return 0;
    }

    private static async Task<LoadFigures> MeasureAsync(Func<QueueingServer, Guard> create, double rate, TimeSpan counted, int seed)
    {
        GC.Collect();
        using var server = new QueueingServer(Guards.Permits, LeastService, MostService, seed);
        await using var guard = create(server);
        return await new OpenLoop(rate, WarmUp, counted, seed).RunAsync(guard, server, Guards.Deadline);
    }

    // What as many callers as it has workers get from it, each asking again as soon as it is answered.
    private static async Task<double> CapacityAsync(int seed)
    {
        using var server = new QueueingServer(Guards.Permits, LeastService, MostService, seed);
        var start = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, Guards.Permits).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1))
            {
                await server.AskAsync(count++, CancellationToken.None).ConfigureAwait(false);
            }

            return count;
        })));
        return answers.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static ResultFile ResultOf(double seconds, Scenario scenario) => new()
    {
        Suite = "overload",
        Date = DateOnly.FromDateTime(DateTime.UtcNow),
        Machine = Machine.This(),
        Versions = PackageVersions.Of(typeof(ActorSystem), typeof(ResiliencePipeline)),
        Command = string.Create(CultureInfo.InvariantCulture, $"dotnet run --project tests/AkkaPerf.Benchmarks -c Release -- overload {seconds}"),
        Method = string.Create(
            CultureInfo.InvariantCulture,
            $"Medians of {Rounds} rounds of {seconds} s, contenders in turn. Poisson arrivals by a seed, latency from the time intended, deadline {Guards.Deadline.TotalMilliseconds} ms, {Guards.Permits} permits, {Guards.Queue} may wait. The server is simulated: {Guards.Permits} workers and a queue without a bound; it finishes what was given up. Capacity is what {Guards.Permits} callers get from it, measured before each load. CPU a refusal: CPU time without the threads that play server and clients, less what was served at its cost at half load."),
        Scenarios = [scenario],
    };
}
