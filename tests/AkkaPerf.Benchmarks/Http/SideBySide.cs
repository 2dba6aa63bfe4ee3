namespace AkkaPerf.Benchmarks.Http;

/// <summary>Proxies in turn, round by round, so that what the machine does at a time it does to all.</summary>
internal static class SideBySide
{
    private const int WarmUpSeconds = 15;

    /// <summary>What nginx must be told so that its workers may read what we write: started by root, they would be another user.</summary>
    public static string User => Environment.IsPrivilegedProcess ? "user root; " : "";

    /// <summary>Warms one of them up until its code is compiled for good: before that, the one with more code to compile looks slower.</summary>
    public static async Task WarmUpAsync(ProxyProcess process, string path)
    {
        await process.WaitUntilServingAsync();
        await LoadGenerator.WrkAsync(process.Address + path, WarmUpSeconds);
    }

    /// <summary>Compares them with the first, and prints a table.</summary>
    public static async Task CompareAsync((string Name, string Path, bool IsHttp2) scenario, IReadOnlyList<ProxyProcess> processes, int rounds, int seconds)
    {
        var results = processes.ToDictionary(process => process, _ => new List<(double Cpu, Load Load)>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var process in processes)
            {
                results[process].Add(await MeasureAsync(process, scenario.Path, scenario.IsHttp2, seconds));
            }
        }

        Console.WriteLine($"## {scenario.Name} (medians of {rounds} interleaved rounds of {seconds} s)\n");
        Console.WriteLine("| proxy | CPU µs a request | requests/s | p99 ms | CPU to the first's |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var (process, measured) in results)
        {
            // A round's own neighbours: what the machine did at that time, it did to both.
            var yarp = results[processes[0]];
            var ratio = Median(measured.Zip(yarp, static (own, peer) => own.Cpu / peer.Cpu));
            Console.WriteLine(
                $"| {process.Name} | {Median(measured.Select(one => one.Cpu)):0.0} | {Median(measured.Select(one => one.Load.Rate)):N0} "
                + $"| {Median(measured.Select(one => one.Load.P99)):0.0} | {ratio:0.00} |");
        }

        Console.WriteLine();
    }

    /// <summary>One run against one of them: its CPU time a request in µs.</summary>
    public static async Task<(double Cpu, Load Load)> MeasureAsync(ProxyProcess process, string path, bool isHttp2, int seconds)
    {
        var cpu = process.CpuTime;
        var load = isHttp2
            ? await LoadGenerator.H2LoadAsync(process.Http2Address + path, seconds)
            : await LoadGenerator.WrkAsync(process.Address + path, seconds);
        return ((process.CpuTime - cpu).TotalMicroseconds / load.Requests, load);
    }

    /// <summary>The middle one.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
