using System.Diagnostics;
using Akka.Actor;
using AkkaPerf.Benchmarks.Musts;
using AkkaPerf.Benchmarks.Results;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Memory;

namespace AkkaPerf.Benchmarks.Scale;

/// <summary>What becomes dearer as there is more of it: pipelines, backends, keys, exchanges in flight.</summary>
internal static class ScaleCommand
{
    private static readonly (string Name, Func<Task<Growth>> MeasureAsync)[] All =
    [
        ("pipelines", PipelineGrowth.MeasureAsync),
        ("backends", static () => Task.FromResult(BackendGrowth.Measure())),
        ("in flight", FlightGrowth.MeasureAsync),
        ("keys", static () => Task.FromResult(KeyGrowth.Measure())),
    ];

    /// <summary>A part of a name; only whole runs are kept.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var only = args.Length > 0 ? args[0] : "";
        var scenarios = new List<Scenario>();
        var started = Stopwatch.GetTimestamp();
        foreach (var (name, measureAsync) in All.Where(growth => growth.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            foreach (var scenario in (await measureAsync()).Scenarios())
            {
                scenarios.Add(scenario);
                Console.WriteLine(ResultTable.Markdown(scenario));
            }

            Console.WriteLine(FormattableString.Invariant($"{Stopwatch.GetElapsedTime(started).TotalMinutes:0.0} min: {name} measured\n"));
        }

        var verdicts = AllMusts.Judge("scale", scenarios);
        Console.WriteLine(VerdictTable.Markdown(verdicts, isWhole: args.Length == 0));
        if (args.Length == 0)
        {
            Console.WriteLine((ResultOf(scenarios) with { Musts = verdicts }).Save());
        }

        return 0;
    }

    private static ResultFile ResultOf(IReadOnlyList<Scenario> scenarios) => new()
    {
        Suite = "scale",
        Date = DateOnly.FromDateTime(DateTime.UtcNow),
        Machine = Machine.This(),
        Versions = PackageVersions.Of(typeof(ActorSystem), typeof(MemoryCache), typeof(ConcurrentLru<,>)),
        Command = "dotnet run --project tests/AkkaPerf.Benchmarks -c Release -- scale",
        Method = "Medians of 3 rounds (pipelines, in flight), 15 (backends), 7 (keys), after some to warm up; memory is the growth of the live heap, divided. CPU time is the process's, of picks, changes, hits and sets the thread's own wall time.",
        Scenarios = scenarios,
    };
}
