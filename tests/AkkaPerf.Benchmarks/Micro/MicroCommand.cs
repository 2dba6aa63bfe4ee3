using System.Globalization;
using Akka.Actor;
using AkkaPerf.Benchmarks.Figures;
using AkkaPerf.Benchmarks.Musts;
using AkkaPerf.Benchmarks.Results;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Polly;
using Yarp.ReverseProxy.Model;
using ZiggyCreatures.Caching.Fusion;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>Each layer and the whole pipeline beside the peer that would be taken for it: interleaved rounds of one process.</summary>
internal static class MicroCommand
{
    private const int WarmUps = 3;

    /// <summary>Rounds, a part of a scenario's name, and a part of a contender's, as a profiler wants it; only whole runs are kept.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var only = args.Length > 1 ? args[1] : "";
        var alone = args.Length > 2 ? args[2] : "";
        var scenarios = new List<Scenario>();
        foreach (var (name, create) in MicroCatalogue.All.Where(scenario => scenario.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            await using var bench = new MicroBench();
            var scenario = create(bench);
            var rows = new List<Row>();
            for (var i = 0; i < scenario.Points.Count; i++)
            {
                rows.AddRange(await MeasureAsync(scenario.Points[i], i, rounds, alone));
            }

            scenarios.Add(new Scenario(scenario.Name, scenario.Axis, rows));
            Console.WriteLine(ResultTable.Markdown(scenarios[^1]));
        }

        var verdicts = AllMusts.Judge("micro", scenarios);
        Console.WriteLine(VerdictTable.Markdown(verdicts, isWhole: args.Length < 2));
        if (args.Length < 2)
        {
            Console.WriteLine((ResultOf(rounds, scenarios) with { Musts = verdicts }).Save());
        }

        return 0;
    }

    private static async Task<IEnumerable<Row>> MeasureAsync(MicroPoint point, int index, int rounds, string alone)
    {
        var works = point.Works.Where(work => work.Name.Contains(alone, StringComparison.OrdinalIgnoreCase)).ToArray();

        // From where the point before has ended: what that has stored is not asked for again.
        var contenders = works.Select(work => new Contender(work.Name, point.Callers, work.SendAsync, index * (rounds + WarmUps) * work.Requests)).ToArray();
        foreach (var work in works)
        {
            await work.CheckAsync();
        }

        for (var round = -WarmUps; round < rounds; round++)
        {
            for (var i = 0; i < works.Length; i++)
            {
                works[i].Forget();
                await contenders[i].RunAsync(works[i].Requests, isWarmUp: round < 0);
            }
        }

        return contenders.Select(contender => new Row(contender.Name, point.X, new Dictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["CPU a request"] = Figure.Of(contender.Rounds.Select(static round => round.CpuNanoseconds), "ns"),
            ["wall a request"] = Figure.Of(contender.Rounds.Select(static round => round.WallNanoseconds), "ns"),
            ["bytes a request"] = Figure.Of(contender.Rounds.Select(static round => round.Bytes), "B"),
        }));
    }

    private static ResultFile ResultOf(int rounds, IReadOnlyList<Scenario> scenarios) => new()
    {
        Suite = "micro",
        Date = DateOnly.FromDateTime(DateTime.UtcNow),
        Machine = Machine.This(),
        Versions = PackageVersions.Of(
            typeof(ActorSystem), typeof(FusionCache), typeof(HybridCache), typeof(MemoryCache), typeof(ConcurrentLru<,>), typeof(ResiliencePipeline), typeof(ClusterState)),
        Command = string.Create(CultureInfo.InvariantCulture, $"dotnet run --project tests/AkkaPerf.Benchmarks -c Release -- micro {rounds}"),
        Method = string.Create(
            CultureInfo.InvariantCulture,
            $"Medians of {rounds} rounds after {WarmUps} to warm up, all contenders in turn in one process; CPU time and allocations are the whole process's, the loop and its callers' tasks included. Every contender's answers are checked first."),
        Scenarios = scenarios,
    };
}
