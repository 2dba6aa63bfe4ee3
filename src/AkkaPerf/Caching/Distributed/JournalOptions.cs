using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Caching.Distributed;

/// <summary>What is kept of writes and removals that the second level missed while it was down.</summary>
public sealed class JournalOptions
{
    /// <summary>Keys kept, the latest operation of each; 0 = no journal, up to 1,000,000, default 10,000.</summary>
    [Range(0, 1_000_000)]
    public int Entries { get; set; } = 10_000;

    /// <summary>Size of the values kept; beyond it the oldest become removals of their keys; 0 B to 16 GiB, default 32 MiB.</summary>
    [Range(0L, 16L * 1024 * 1024 * 1024)]
    public long Bytes { get; set; } = 32 * 1024 * 1024;
}
