using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Three times what is let in: two of three requests are refused, and what that costs is what is left of the CPU time.</summary>
internal static class Refusals
{
    public static async Task<Scenario?> RunAsync(Site site, string name, Rounds rounds)
    {
        var ask = new Ask(HttpScenarios.Small, Site.SmallLength);
        if (await site.PrepareAsync(Peers.AkkaInline, ask) is not var (open, _))
        {
            return null;
        }

        var rate = (await LoadGenerator.RunAsync(open, ask, rounds.Seconds)).Rate / 3;
        var limitedPeer = Peers.Limited(rate);
        if (await site.PrepareAsync(limitedPeer, ask) is not var (limited, _))
        {
            return null;
        }

        var results = new List<(double Refused, double Served, double Part)>();
        for (var round = 0; round < rounds.Count; round++)
        {
            var served = (await Sample.TakeAsync(open, ask, rounds.Seconds)).Cpu;
            var (cpu, _, load) = await Sample.TakeAsync(limited, ask, rounds.Seconds);
            var refused = ((cpu * load.Requests) - (served * (load.Requests - load.Refused))) / load.Refused;
            results.Add((refused, served, load.Refused / load.Requests));
        }

        site.Stop(limitedPeer);
        return new Scenario(name, null, [new Row(Peers.AkkaInline.Name, null, new Dictionary<string, Figure>
        {
            ["CPU a request served"] = Figure.Of(results.Select(static one => one.Served), "µs"),
            ["CPU a request refused"] = Figure.Of(results.Select(static one => one.Refused), "µs"),
            ["refused to served"] = Figure.Of(results.Select(static one => one.Refused / one.Served), ""),
            ["part refused"] = Figure.Of(results.Select(static one => one.Part), ""),
        })]);
    }
}
