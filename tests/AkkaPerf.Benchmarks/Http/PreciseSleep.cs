using System.Runtime.InteropServices;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Sleeps by the microsecond, where .NET's own timers count milliseconds.</summary>
internal static class PreciseSleep
{
    /// <summary>Blocks the thread until a clock shows a time; the system wakes it some 50 µs late.</summary>
    public static void Until(TimeSpan time, Func<TimeSpan> clock)
    {
        for (var left = time - clock(); left > TimeSpan.Zero; left = time - clock())
        {
            var span = new Span((nint)(left.Ticks / TimeSpan.TicksPerSecond), (nint)(left.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
            _ = Sleep(in span, 0);
        }
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sleep(in Span requested, nint remaining);

    // struct timespec.
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Span(nint Seconds, nint Nanoseconds);
}
