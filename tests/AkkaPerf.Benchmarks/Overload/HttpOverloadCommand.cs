using System.Globalization;
using AkkaPerf.Benchmarks.Http;
using AkkaPerf.Benchmarks.Musts;
using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Overload;

/// <summary>The same over HTTP: a backend in a process of its own behind a gateway, YARP with a limiter, and YARP as it comes.</summary>
internal static class HttpOverloadCommand
{
    public const int Permits = 10;
    public const int Queue = 3;
    public const int ServiceMilliseconds = 20;
    public const string Name = "open loop over HTTP before a backend of 10 workers, 20 ms a request";

    private const int Rounds = 3;
    private const int CapacitySeconds = 2;
    private const double Unloaded = 0.2;

    // Enough that a backend which nobody protects answers none in time.
    private const int Connections = 512;

    private static readonly double[] Loads = [0.5, 0.9, 1, 2, 5, 10];
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LatestSent = Deadline / 10;
    private static readonly (string Name, Peer Peer)[] Contenders = [("AkkaPerf", Peers.Guarded), ("YARP with RateLimiter", Peers.YarpLimited), ("YARP, no protection", Peers.YarpPool)];

    /// <summary>Seconds a run, and a part of a contender's name; only whole runs are kept.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (!Programs.Has("wrk"))
        {
            await Console.Error.WriteLineAsync("Wants wrk, which tells the backend's capacity.");
            return 1;
        }

        var seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 3;
        var alone = args.Length > 1 ? args[1] : "";
        using var site = await Site.OpenAsync(Peers.StartLimited);
        var ask = new Ask(HttpScenarios.Small, Site.SmallLength);
        var ready = new List<(string Name, ProxyProcess Process)>();
        foreach (var (name, peer) in Contenders.Where(one => one.Name.Contains(alone, StringComparison.OrdinalIgnoreCase)))
        {
            if (await site.PrepareAsync(peer, ask) is var (process, _))
            {
                ready.Add((name, process));
            }
        }

        var runs = new OverloadRuns();
        var cutOff = new List<string>();
        for (var round = 0; round < Rounds; round++)
        {
            var capacity = (await LoadGenerator.RunAsync(site.Origin, ask, CapacitySeconds)).Rate;
            var (unloaded, _) = await MeasureAsync(site.Origin, capacity * Unloaded, TimeSpan.FromSeconds(Math.Max(seconds, 2)));
            Console.WriteLine(FormattableString.Invariant($"Round {round + 1} of {Rounds}: capacity {capacity:0}/s, unloaded p50 {unloaded.Quantile(0.5):0.0} ms, p99 {unloaded.Quantile(0.99):0.0} ms"));
            foreach (var load in Loads)
            {
                foreach (var (name, process) in ready)
                {
                    var (figures, late) = await MeasureAsync(process, load * capacity, TimeSpan.FromSeconds(seconds));
                    if (load > 1 && late > LatestSent.TotalMilliseconds)
                    {
                        cutOff.Add(FormattableString.Invariant($"round {round + 1}, {load} times capacity at {name}: cut off, the generator was {late:0} ms late"));
                        Console.WriteLine(cutOff[^1]);
                        continue;
                    }

                    runs.Add(name, load, capacity, unloaded.Quantile(0.99), figures);
                }
            }
        }

        Report(seconds, new Scenario(Name, "load to capacity", runs.Rows(Loads)), [.. site.Missing, .. cutOff], site.WarmUps, isWhole: alone.Length == 0);
        return 0;
    }

    // How late the generator was in all but one of a hundred, in ms, as the second.
    private static async Task<(LoadFigures Figures, double Late)> MeasureAsync(ProxyProcess process, double rate, TimeSpan counted)
    {
        var endings = new List<(Ending Ending, TimeSpan Latency)>();
        using var loop = new Http.OpenLoop(new Uri(process.Address), HttpScenarios.Small, Connections, Deadline, (status, latency) => endings.Add((Of(status), latency)));
        await loop.RunAsync(rate, WarmUpTime);
        endings.Clear();
        var cpu = process.CpuTime;
        var load = await loop.RunAsync(rate, counted);
        cpu = process.CpuTime - cpu;

        // Who has not been answered at all by now.
        var open = Math.Max(0, (int)(rate * counted.TotalSeconds) - endings.Count);
        endings.AddRange(Enumerable.Repeat((Ending.None, TimeSpan.MaxValue), open));
        return (LoadFigures.Of(endings, Deadline, counted, cpu), load.LateP99);
    }

    private static Ending Of(int status) => status switch
    {
        200 => Ending.Answered,
        429 or 503 => Ending.Refused,
        _ => Ending.TimedOut,
    };

    private static void Report(double seconds, Scenario scenario, IReadOnlyList<string> missing, IReadOnlyList<string> warmUps, bool isWhole)
    {
        Console.WriteLine(ResultTable.Markdown(scenario));
        var verdicts = AllMusts.Judge("overload-http", [scenario]);
        Console.WriteLine(VerdictTable.Markdown(verdicts, isWhole));
        foreach (var one in missing)
        {
            Console.WriteLine($"Missing: {one}");
        }

        if (isWhole)
        {
            Console.WriteLine(ResultOf(seconds, scenario, missing, warmUps, verdicts).Save());
        }
    }

    private static ResultFile ResultOf(double seconds, Scenario scenario, IReadOnlyList<string> missing, IReadOnlyList<string> warmUps, IReadOnlyList<Verdict> verdicts) => new()
    {
        Suite = "overload-http",
        Date = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().Date),
        Machine = Machine.This(),
        Versions = PackageVersions.Of(typeof(Yarp.ReverseProxy.Configuration.RouteConfig)),
        Command = string.Create(CultureInfo.InvariantCulture, $"dotnet run --project tests/AkkaPerf.Benchmarks -c Release -- overload http {seconds}"),
        Method = string.Create(
            CultureInfo.InvariantCulture,
            $"Medians of {Rounds} rounds of {seconds} s, contenders in turn; a constant rate over {Connections} connections, latency from when a request was due, the client's deadline {Deadline.TotalMilliseconds} ms: what waits longer for a connection is not sent, what is answered later is late. {Permits} permits, {Queue} may wait, without a deadline of the proxy's. The backend is Kestrel in a process of its own, {Permits} workers of {ServiceMilliseconds} ms and a queue without a bound. Capacity is what wrk gets from it with 64 connections, unloaded is a fifth of it without a proxy, both measured in each round. A rate is cut off where the generator comes more than {LatestSent.TotalMilliseconds} ms late to one of a hundred. CPU a refusal: the proxy's CPU time, less what was served at its cost at half load; {Http.WarmUp.Rule}."),
        Missing = missing,
        WarmUps = warmUps,
        Scenarios = [scenario],
        Musts = verdicts,
    };
}
