using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AkkaPerf.Benchmarks.Overload;

/// <summary>Short sleeps and a thread's own CPU time, which .NET does not tell; Linux has both.</summary>
internal static partial class SystemClock
{
    private const int ThreadCpuTime = 3;
    private const long NanosecondsPerSecond = 1_000_000_000;

    // Below this a sleep takes longer than it says.
    private static readonly long Shortest = Stopwatch.Frequency / 20_000;

    /// <summary>Of the thread that asks; zero where the system does not tell.</summary>
    public static TimeSpan ThreadCpu => OperatingSystem.IsLinux() && GetTime(ThreadCpuTime, out var time) == 0
        ? TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
        : TimeSpan.Zero;

    /// <summary>Sleeps until a timestamp, a little less rather than more.</summary>
    public static void SleepUntil(long timestamp)
    {
        while (timestamp - Stopwatch.GetTimestamp() is > 0 and var left)
        {
            if (left < Shortest)
            {
                Thread.SpinWait(20);
            }
            else if (OperatingSystem.IsLinux())
            {
                var time = new TimeSpec { Seconds = 0, Nanoseconds = (nint)((left - Shortest + 1) * (NanosecondsPerSecond / Stopwatch.Frequency)) };
                _ = Sleep(in time, 0);
            }
            else
            {
                Thread.Sleep(left > Stopwatch.Frequency / 500 ? 1 : 0);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Sleep(in TimeSpec time, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
