using System.Runtime.InteropServices;

namespace AkkaPerf.Benchmarks.Results;

/// <summary>Where figures come from; only their ratios travel.</summary>
internal sealed record Machine(string Processor, int Cores, double MemoryGiB, string System, string Runtime)
{
    public static Machine This()
    {
        var processor = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        var memory = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1);
        return new Machine(
            processor ?? RuntimeInformation.ProcessArchitecture.ToString(),
            Environment.ProcessorCount,
            memory,
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription);
    }
}
