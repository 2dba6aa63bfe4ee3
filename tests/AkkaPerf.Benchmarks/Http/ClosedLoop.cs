using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Proxies in turn, round by round, so that what the machine does at a time it does to all; every connection asks again as soon as it is answered.</summary>
internal static class ClosedLoop
{
    public static async Task<Scenario> RunAsync(Site site, string name, IReadOnlyList<Entrant> entrants, Rounds rounds)
    {
        var ready = new List<(Entrant Entrant, ProxyProcess Process, int Length, List<Sample> Samples)>();
        foreach (var entrant in entrants)
        {
            if (await site.PrepareAsync(entrant.Peer, entrant.Ask) is var (process, length))
            {
                ready.Add((entrant, process, length, []));
            }
        }

        for (var round = 0; round < rounds.Count; round++)
        {
            foreach (var (entrant, process, _, samples) in ready)
            {
                samples.Add(await Sample.TakeAsync(process, entrant.Ask, rounds.Seconds));
            }
        }

        var all = ready.ToDictionary(static one => one.Entrant.Name, static one => one.Samples);
        return new Scenario(name, null, [.. ready.Select(one => new Row(one.Entrant.Name, null, Figures(one.Entrant, one.Length, all)))]);
    }

    private static Dictionary<string, Figure> Figures(Entrant entrant, int length, Dictionary<string, List<Sample>> all)
    {
        var own = all[entrant.Name];
        var figures = new Dictionary<string, Figure> { ["CPU a request"] = Figure.Of(own.Select(static one => one.Cpu), "µs") };
        foreach (var (figure, peer) in entrant.Against)
        {
            // A round's own neighbours: what the machine did at that time, it did to both.
            if (all.TryGetValue(peer, out var theirs))
            {
                figures[figure] = Figure.Of(own.Zip(theirs, static (one, other) => one.Cpu / other.Cpu), "");
            }
        }

        figures["requests/s"] = Figure.Of(own.Select(static one => one.Load.Rate), "");
        figures["p50"] = Figure.Of(own.Select(static one => one.Load.P50), "ms");
        figures["p99"] = Figure.Of(own.Select(static one => one.Load.P99), "ms");
        figures["p99.9"] = Figure.Of(own.Select(static one => one.Load.P999), "ms");
        figures["memory"] = Figure.Of(own.Select(static one => one.MemoryMiB), "MiB");
        if (own.Exists(static one => one.Load.Refused > 0))
        {
            figures["errors"] = Figure.Of(own.Select(static one => one.Load.Refused), "");
        }

        if (entrant.Ask.Path == HttpScenarios.Text)
        {
            figures["body"] = Figure.Of([length], "B");
        }

        return figures;
    }
}
