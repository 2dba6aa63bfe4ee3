using System.Diagnostics;
using System.Globalization;
using AkkaPerf.Benchmarks.Musts;
using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Proxies side by side: one origin behind all, each proxy's own CPU time and memory from the system. A filter picks scenarios by a part of their names; only a whole run is kept.</summary>
internal static class ScoreboardCommand
{
    private const string Method =
        "Interleaved rounds, medians, ratios round by round; nginx with two workers behind all; wrk with 64 connections, h2load with 64 of 8 streams; open loop: a constant rate "
        + "over 64 connections, latency from when a request was due; "
        + WarmUp.Rule + "; idle: " + Idle.Rule + "; CPU time and resident memory of all processes of a proxy from /proc; peers as config/peers tells them.";

    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = new Rounds(Number(args, 0), Number(args, 1));
        var filter = args.Length > 2 ? string.Join(' ', args[2..]) : "";
        var scenarios = HttpScenarios.All.Where(scenario => scenario.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (scenarios.Length == 0 || !Programs.Has("nginx") || !Programs.Has("wrk"))
        {
            await Console.Error.WriteLineAsync($"Wants nginx and wrk, and none or a part of one of these: {string.Join("; ", HttpScenarios.All.Select(static one => one.Name))}");
            return 1;
        }

        var results = new List<Scenario>();
        var started = Stopwatch.GetTimestamp();
        using var site = await Site.OpenAsync();
        Console.WriteLine(Method);
        foreach (var (name, run) in scenarios)
        {
            Console.WriteLine(FormattableString.Invariant($"{Stopwatch.GetElapsedTime(started).TotalMinutes:0.0} min: {name}"));
            if (await run(site, name, rounds) is { } result)
            {
                results.Add(result);
                Console.WriteLine(ResultTable.Markdown(result));
            }
        }

        Console.WriteLine(FormattableString.Invariant($"Medians of {rounds.Count} rounds of {rounds.Seconds} s; the whole took {Stopwatch.GetElapsedTime(started).TotalMinutes:0.0} minutes."));
        foreach (var missing in site.Missing)
        {
            Console.WriteLine($"Missing: {missing}");
        }

        var verdicts = AllMusts.Judge("http", results);
        Console.WriteLine(VerdictTable.Markdown(verdicts, isWhole: filter.Length == 0));
        if (filter.Length == 0)
        {
            var file = new ResultFile
            {
                Suite = "http",
                Date = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().Date),
                Machine = Machine.This(),
                Versions = await Programs.VersionsAsync(),
                Command = $"dotnet run --project tests/AkkaPerf.Benchmarks -c Release -- scoreboard {rounds.Count} {rounds.Seconds}",
                Method = Method,
                WarmUps = site.WarmUps,
                Missing = [.. site.Missing],
                Scenarios = results,
                Musts = verdicts,
            };
            Console.WriteLine($"Kept as {file.Save()}");
        }

        return 0;
    }

    private static int Number(string[] args, int index) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : 3;
}
