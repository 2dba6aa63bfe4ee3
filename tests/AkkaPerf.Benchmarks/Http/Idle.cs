using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>What proxies take that have been started, asked once and left alone: all at the same time, for they do nothing.</summary>
internal static class Idle
{
    public const string Rule =
        "what each takes in 30 s, two minutes after they were started and asked once";

    // What is left to do after a start is no idling: a runtime that compiles as it goes does so again once something has run thirty times, most of it in the first minutes.
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Watching = TimeSpan.FromSeconds(30);

    public static async Task<Scenario> RunAsync(Site site, string name, IReadOnlyList<Peer> peers)
    {
        var processes = new List<ProxyProcess>();
        foreach (var peer in peers)
        {
            // One that has worked already has the memory of that.
            site.Stop(peer);
            if (await site.StartAsync(peer) is { } process)
            {
                processes.Add(process);
            }
        }

        await Task.Delay(Settling);
        var before = processes.ConvertAll(static process => process.CpuTime);
        await Task.Delay(Watching);
        return new Scenario(name, null, [.. processes.Zip(before, static (process, cpu) => Row(process, process.CpuTime - cpu))]);
    }

    private static Row Row(ProxyProcess process, TimeSpan cpu) => new(process.Name, null, new Dictionary<string, Figure>
    {
        ["CPU"] = Figure.Of([cpu / Watching * 100], "% of a core"),
        ["memory"] = Figure.Of([process.MemoryMiB], "MiB"),
    });
}
