using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Latencies at the same rates for all: parts of what the slowest of them answers when it has nothing else to do.</summary>
internal static class OpenLoopScenario
{
    private const int ProbeSeconds = 2;

    private static readonly double[] Parts = [0.25, 0.5, 0.75];

    public static async Task<Scenario> RunAsync(Site site, string name, IReadOnlyList<Entrant> entrants, Rounds rounds)
    {
        var ready = new List<(Entrant Entrant, ProxyProcess Process, List<OpenLoad> Loads)>();
        var slowest = double.PositiveInfinity;
        foreach (var entrant in entrants)
        {
            if (await site.PrepareAsync(entrant.Peer, entrant.Ask) is var (process, _))
            {
                ready.Add((entrant, process, []));
                slowest = Math.Min(slowest, (await LoadGenerator.RunAsync(process, entrant.Ask, ProbeSeconds)).Rate);
            }
        }

        // There are three rates: each gets a little less time.
        var seconds = Math.Max(1, rounds.Seconds * 2 / 3);
        double[] rates = [.. Parts.Select(part => Math.Max(100, Math.Round(slowest * part / 100) * 100))];
        for (var round = 0; round < rounds.Count; round++)
        {
            foreach (var (entrant, process, loads) in ready)
            {
                loads.AddRange(await MeasureAsync(process, entrant.Ask, rates, seconds));
            }
        }

        return new Scenario(name, "requests/s", [.. rates.SelectMany(rate => ready.Select(one => Row(one.Entrant, rate, one.Loads.Where(load => load.Rate == rate))))]);
    }

    private static Row Row(Entrant entrant, double rate, IEnumerable<OpenLoad> loads) => new(entrant.Name, rate, new Dictionary<string, Figure>
    {
        ["p50"] = Figure.Of(loads.Select(static load => load.P50), "ms"),
        ["p99"] = Figure.Of(loads.Select(static load => load.P99), "ms"),
        ["p99.9"] = Figure.Of(loads.Select(static load => load.P999), "ms"),
        ["faults"] = Figure.Of(loads.Select(static load => (double)load.Faults), ""),
        ["sent late, p99"] = Figure.Of(loads.Select(static load => load.LateP99), "ms"),
    });

    private static async Task<IEnumerable<OpenLoad>> MeasureAsync(ProxyProcess process, Ask ask, double[] rates, int seconds)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                typeof(OpenLoopScenario).Assembly.Location, "open-loop", process.Address, ask.Path, $"{seconds}",
                .. rates.Select(static rate => rate.ToString(CultureInfo.InvariantCulture)),
            ])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };

        // As little of its own as may be: no second compilation, and no hop from the socket to the answer.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1";
        using var generator = Process.Start(start)!;
        var output = await generator.StandardOutput.ReadToEndAsync();
        await generator.WaitForExitAsync();
        var loads = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonSerializer.Deserialize<OpenLoad>(line)!).ToArray();
        return loads.Length == rates.Length ? loads : throw new InvalidOperationException($"The open loop against {process.Name} did not end well.");
    }
}
