using System.Runtime.InteropServices;

namespace AkkaPerf.Backends;

/// <summary>When a backend's load was reported last, and how long that holds.</summary>
/// <remarks>
/// Three times the interval between the last two reports, ten seconds at least; three minutes, as gRPC's weights (its proposal A58), at most
/// and after the first. Whoever has ceased to report says nothing any more.
/// </remarks>
/// <param name="At">When, as a timestamp; 0 = never.</param>
/// <param name="ExpiresAt">When it is too old, as a timestamp.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LoadReport(long At, long ExpiresAt)
{
    private const int Intervals = 3;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    /// <summary>The one after it.</summary>
    public LoadReport Next(long now, long ticksPerSecond)
    {
        var (shortest, longest) = ((long)(Shortest.TotalSeconds * ticksPerSecond), (long)(Longest.TotalSeconds * ticksPerSecond));
        return new LoadReport(now, now + (At == 0 ? longest : Math.Clamp((now - At) * Intervals, shortest, longest)));
    }
}
