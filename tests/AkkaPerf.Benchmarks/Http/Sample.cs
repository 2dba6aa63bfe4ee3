namespace AkkaPerf.Benchmarks.Http;

/// <summary>One round of one proxy.</summary>
/// <param name="Cpu">Its CPU time a request, in µs.</param>
/// <param name="MemoryMiB">What it has resident after it.</param>
/// <param name="Load">What its client saw.</param>
internal sealed record Sample(double Cpu, double MemoryMiB, Load Load)
{
    public static async Task<Sample> TakeAsync(ProxyProcess process, Ask ask, int seconds)
    {
        var cpu = process.CpuTime;
        var load = await LoadGenerator.RunAsync(process, ask, seconds);
        return new Sample((process.CpuTime - cpu).TotalMicroseconds / load.Requests, process.MemoryMiB, load);
    }
}
