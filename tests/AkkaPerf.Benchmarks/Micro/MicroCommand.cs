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

/// <summary>Each layer and the whole pipeline beside the peer that would be taken for it: interleaved rounds, a process for each scenario.</summary>
internal static class MicroCommand
{
    // At its first point the JIT compiles what a scenario runs, counts, and compiles it again: before that is over a request costs up to six times as
    // much, and the longer its way, the later that is. At the other points only what more callers come upon is new.
    private const int FirstWarmUps = 25;
    private const int FurtherWarmUps = 6;

    /// <summary>Rounds, a part of a scenario's name, a part of a contender's and one point of the axis, as a profiler wants it; only whole runs are kept.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var only = args.Length > 1 ? args[1] : "";
        var alone = args.Length > 2 ? args[2] : "";
        int? at = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : null;
        var isWhole = args.Length < 2;
        var parts = new List<MicroPart>();
        foreach (var (name, create) in MicroCatalogue.All.Where(scenario => scenario.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            var part = isWhole ? await MicroPart.MeasureApartAsync(name, rounds) : await MeasureAsync(create, rounds, alone, at);
            Console.WriteLine(ResultTable.Markdown(part.Scenario));
            Console.WriteLine(part.Condition);
            Console.WriteLine();
            parts.Add(part);
        }

        Scenario[] scenarios = [.. parts.Select(static part => part.Scenario)];
        var verdicts = AllMusts.Judge("micro", scenarios);
        Console.WriteLine(VerdictTable.Markdown(verdicts, isWhole));
        if (isWhole)
        {
            var result = ResultOf(rounds, scenarios) with { Musts = verdicts, Conditions = [.. parts.Select(static part => part.Condition).OfType<string>()] };
            Console.WriteLine(result.Save());
        }

        return 0;
    }

    /// <summary>The part of a whole run that a process of its own measures: a scenario's name, rounds, and the file that it writes.</summary>
    public static async Task<int> RunPartAsync(string[] args)
    {
        var create = MicroCatalogue.All.Single(scenario => scenario.Name == args[0]).Create;
        var part = await MeasureAsync(create, int.Parse(args[1], CultureInfo.InvariantCulture), alone: "", at: null);
        await part.WriteAsync(args[2]);
        return 0;
    }

    private static async Task<MicroPart> MeasureAsync(Func<MicroBench, MicroScenario> create, int rounds, string alone, int? at)
    {
        await using var bench = new MicroBench();
        var scenario = create(bench);
        var rows = new List<Row>();
        var distance = new LineDistance();
        var asked = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var point in scenario.Points.Where(point => at is null || point.X == at))
        {
            rows.AddRange(await MeasureAsync(point, asked, rounds, alone, distance));
        }

        return new MicroPart(new Scenario(scenario.Name, scenario.Axis, rows), distance.Sentence is { } sentence ? $"{scenario.Name}: {sentence}" : null);
    }

    /// <param name="point">Where.</param>
    /// <param name="asked">How many requests each contender has answered at the points before: what those have stored is not asked for again.</param>
    /// <param name="rounds">How many count.</param>
    /// <param name="alone">A part of a contender's name.</param>
    /// <param name="distance">Takes a reading before every round.</param>
    private static async Task<IEnumerable<Row>> MeasureAsync(MicroPoint point, Dictionary<string, int> asked, int rounds, string alone, LineDistance distance)
    {
        var works = point.Works.Where(work => work.Name.Contains(alone, StringComparison.OrdinalIgnoreCase)).ToArray();
        var contenders = works.Select(work => new Contender(work.Name, point.Callers, work.SendAsync, asked.GetValueOrDefault(work.Name))).ToArray();
        foreach (var work in works)
        {
            await work.CheckAsync();
        }

        for (var round = asked.Count == 0 ? -FirstWarmUps : -FurtherWarmUps; round < rounds; round++)
        {
            distance.Measure();
            for (var i = 0; i < works.Length; i++)
            {
                works[i].Forget();
                await contenders[i].RunAsync(works[i].Requests, isWarmUp: round < 0);
            }
        }

        foreach (var contender in contenders)
        {
            asked[contender.Name] = contender.Asked;
        }

        return contenders.Select(RowOf);

        Row RowOf(Contender contender) => new(contender.Name, point.X, new Dictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["CPU a request"] = Figure.Of(contender.Rounds.Select(static round => round.CpuNanoseconds), "ns"),
            ["wall a request"] = Figure.Of(contender.Rounds.Select(static round => round.WallNanoseconds), "ns"),
            ["bytes a request"] = Figure.Of(contender.Rounds.Select(static round => round.Bytes), "B"),
        });
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
            $"Medians of {rounds} rounds, all contenders of a scenario in turn in one process of its own, after {FirstWarmUps} rounds to warm up at a scenario's first point, {FurtherWarmUps} at the others; CPU time and allocations are the whole process's, the loop and its callers' tasks included. Every contender's answers are checked first."),
        Scenarios = scenarios,
    };
}
