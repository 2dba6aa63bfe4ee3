using System.ComponentModel.DataAnnotations;
using AkkaPerf.Caching.Distributed;

namespace AkkaPerf.Caching;

/// <summary>The second level of the cache, shared or on disk.</summary>
public sealed class L2Options
{
    /// <summary>Which store; default <see cref="L2Provider.None"/>.</summary>
    public L2Provider Provider { get; set; }

    /// <summary>How to reach the store; for sqlite and redis only, never shown in messages; default empty.</summary>
    [DataType(DataType.Password)]
    public string Connection { get; set; } = "";

    /// <summary>Longest wait for a read while a stale value is at hand; 1 ms to 1 min, default 100 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan SoftTimeout { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait for any operation, a failure once it is over; 1 ms to 1 min, default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan HardTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Larger values are compressed if that gains a tenth; 0 B = all, 512 MiB = none, default 8 KiB.</summary>
    [DataType("size")]
    [Range(0L, 512L * 1024 * 1024)]
    public long CompressAbove { get; set; } = 8 * 1024;

    /// <summary>Larger values are neither written nor read; 1 KiB to 512 MiB, default 8 MiB.</summary>
    [DataType("size")]
    [Range(1024L, 512L * 1024 * 1024)]
    public long MaxPayload { get; set; } = 8 * 1024 * 1024;

    /// <summary>What all entries of a sqlite file may take together; beyond it those that end soonest go first; 1 MiB to 16 TiB, default 1 GiB. Redis bounds itself by its maxmemory.</summary>
    [DataType("size")]
    [Range(1024L * 1024, 16L * 1024 * 1024 * 1024 * 1024)]
    public long MaxBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>When a failing store is left alone.</summary>
    public BreakerOptions Breaker { get; set; } = new();

    /// <summary>What is kept for a store that is down.</summary>
    public JournalOptions Journal { get; set; } = new();
}
