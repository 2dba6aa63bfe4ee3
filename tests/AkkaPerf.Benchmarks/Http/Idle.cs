using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>What proxies take that have been started, asked once and left alone: all at the same time, for they do nothing.</summary>
internal static class Idle
{
    public const string Rule =
        "what each takes in 20 s, after all of them have used less than 1 % of a core over 5 s, or after 60 s";

    private const double Settled = 0.01;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestSettling = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Watching = TimeSpan.FromSeconds(20);

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

        await SettleAsync(processes);
        var before = processes.ConvertAll(static process => process.CpuTime);
        await Task.Delay(Watching);
        return new Scenario(name, null, [.. processes.Zip(before, static (process, cpu) => Row(process, process.CpuTime - cpu))]);
    }

    // What is left to do after a start is no idling.
    private static async Task SettleAsync(List<ProxyProcess> processes)
    {
        for (var waited = TimeSpan.Zero; waited < LongestSettling; waited += Step)
        {
            var before = processes.ConvertAll(static process => process.CpuTime);
            await Task.Delay(Step);
            if (processes.Zip(before).All(static one => one.First.CpuTime - one.Second < Step * Settled))
            {
                return;
            }
        }
    }

    private static Row Row(ProxyProcess process, TimeSpan cpu) => new(process.Name, null, new Dictionary<string, Figure>
    {
        ["CPU"] = Figure.Of([cpu / Watching * 100], "% of a core"),
        ["memory"] = Figure.Of([process.MemoryMiB], "MiB"),
    });
}
