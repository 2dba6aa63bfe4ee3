using AkkaPerf.Benchmarks.Overload;
using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Musts;

/// <summary>All that the project demands of itself, by suite. Whose threads are not named is measured as it is by default: the gateway inline, YARP on the pool.</summary>
internal static class AllMusts
{
    private const string Cpu = "CPU a request";
    private const string ToYarp = "CPU to YARP's";
    private const string ToNginx = "CPU to nginx's";
    private const string Bytes = "bytes a request";
    private const string Gateway = "AkkaPerf, inline";

    // 120 MB, as memory is measured.
    private const double IdleMemoryMiB = 114.4;

    // Nothing, but for what the loop that measures leaves in a round.
    private const double NoBytes = 0.5;

    // Below this it is not measured: the axis's last point.
    private const int Flights = 100_000;

    private static readonly Dictionary<string, IReadOnlyList<Must>> All = new(StringComparer.Ordinal)
    {
        ["http"] =
        [
            new("pass-through of 300 B, CPU to YARP's", new("pass-through, 300 B", Gateway, ToYarp), 0.75),
            new("pass-through of 300 B, CPU to nginx's", new("pass-through, 300 B", Gateway, ToNginx), 1.5),
            new("pass-through of 16 KiB, CPU to YARP's", new("pass-through, 16 KiB", Gateway, ToYarp), 0.85),
            new("pass-through over HTTP/2, CPU to YARP's", new("pass-through, 300 B, HTTP/2 without TLS", Gateway, ToYarp), 0.9),
            new("hit of 300 B, CPU to nginx proxy_cache's", new("hits, 300 B", Gateway, ToNginx), 1),
            new("hit of 300 B, CPU to YARP's with OutputCache", new("hits, 300 B", Gateway, ToYarp), 1),
            new("hit of 16 KiB, CPU to nginx proxy_cache's", new("hits, 16 KiB", Gateway, ToNginx), 1),
            new("hit of 16 KiB, CPU to YARP's with OutputCache", new("hits, 16 KiB", Gateway, ToYarp), 1),
            new("compressed hit, CPU to a plain one", new("hits, 16 KiB of text, plain and gzip", $"{Gateway}: gzip", "CPU to its plain hit"), 1),
            new("refusal, CPU to a request served", new("refusals, three times what is let in", Gateway, "refused to served"), 0.4),
            new("idle, CPU", new("idle", Gateway, "CPU"), 0.5, "% of a core"),
            new("idle, memory", new("idle", Gateway, "memory"), IdleMemoryMiB, "MiB"),
        ],
        ["micro"] =
        [
            new("miss of the whole pipeline, 64 callers, CPU to FusionCache + Polly's five", Miss("AkkaPerf, inline", Cpu), 0.25) { DividedBy = Miss("FusionCache + Polly's five", Cpu) },
            new("miss of the whole pipeline, 64 callers", Miss("AkkaPerf, inline", Bytes), 600, "B"),
            new("miss at once, 1 caller, CPU more than SemaphoreSlim + MemoryCache by hand", MissAtOnce("AkkaPerf"), 1_500, "ns") { Less = MissAtOnce("SemaphoreSlim + MemoryCache by hand") },
            new("hit of the first level through SendAsync, CPU", new("hit of the first level", "AkkaPerf SendAsync", Cpu, 1), 100, "ns"),
            new("hit of the first level through SendAsync, nothing allocated", new("hit of the first level", "AkkaPerf SendAsync", Bytes, 1), NoBytes, "B"),
            new("refusal through TrySendAsync, CPU", new("refusal", "AkkaPerf TrySendAsync", Cpu, 1), 100, "ns"),
            new("refusal through TrySendAsync, nothing allocated", new("refusal", "AkkaPerf TrySendAsync", Bytes, 1), NoBytes, "B"),
        ],
        ["overload"] = Overload("open loop before a server of 20 workers, 5 to 15 ms a request", "AkkaPerf"),
        ["overload-http"] = Overload(HttpOverloadCommand.Name, "AkkaPerf"),
        ["scale"] =
        [
            new("memory of an exchange in flight, running", new("in flight: memory of one", "AkkaPerf, running", "memory of one", Flights), 1_000, "B"),
            new("memory of an exchange in flight, waiting", new("in flight: memory of one", "AkkaPerf, waiting", "memory of one", Flights), 1_000, "B"),
        ],
    };

    /// <summary>Of a suite; none if nothing is demanded of it.</summary>
    public static IReadOnlyList<Must> Of(string suite) => All.TryGetValue(suite, out var musts) ? musts : [];

    /// <summary>What becomes of them.</summary>
    public static IReadOnlyList<Verdict> Judge(string suite, IReadOnlyList<Scenario> scenarios) => [.. Of(suite).Select(must => must.Judge(scenarios))];

    private static FigureAt Miss(string contender, string figure) => new("miss: cache and throttle, handler yields once", contender, figure, 64);

    private static FigureAt MissAtOnce(string contender) => new("miss: cache and throttle, handler completes at once", contender, Cpu, 1);

    private static IReadOnlyList<Must> Overload(string scenario, string contender) =>
    [
        .. new[] { (Load: 2, Least: 95), (Load: 5, Least: 90), (Load: 10, Least: 85) }.SelectMany(one => new Must[]
        {
            new($"goodput at {one.Load} times capacity", new(scenario, contender, "goodput", one.Load), one.Least, "% of capacity") { IsLeast = true },
            new($"p99 of the admitted at {one.Load} times capacity, to unloaded", new(scenario, contender, "p99 to unloaded", one.Load), 2),
        }),
    ];
}
