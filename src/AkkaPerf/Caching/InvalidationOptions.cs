using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Caching;

/// <summary>How processes that share a second level tell one another what is invalid.</summary>
public sealed class InvalidationOptions
{
    /// <summary>How often the others' invalidations are read: what one process removes by tag, prefix or as a whole the others answer no longer after twice this time; 10 ms to 1 h, default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many single keys that were set or removed last are told to the other processes, which let go of them after twice the interval; more than that within an interval, and they look up everything anew in the second level. 0 to 10,000, default 1,000; 0 = none is told, and they keep what they have until its life ends.</summary>
    [Range(0, 10_000)]
    public int Keys { get; set; } = 1_000;

    /// <summary>How far the processes' clocks may differ: entries of the second level made this shortly after an invalidation are not trusted; 0 s to 1 m, default 100 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan ClockTolerance { get; set; } = TimeSpan.FromMilliseconds(100);
}
