using System.Diagnostics;

namespace AkkaPerf.Benchmarks.Scale;

/// <summary>What a piece of work cost, once; where it is repeated, a figure is made of all.</summary>
internal static class Meter
{
    /// <summary>The heap's bytes that are alive.</summary>
    public static long Live()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: false);
    }

    /// <summary>This thread's time for one operation of many, in ns.</summary>
    public static double Nanoseconds(int operations, Action<int> run)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < operations; i++)
        {
            run(i);
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / operations;
    }

    /// <summary>The process's CPU time for one operation of many, in ns.</summary>
    public static async Task<double> CpuNanosecondsAsync(int operations, Func<Task> run)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        await run();
        return (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / operations;
    }
}
