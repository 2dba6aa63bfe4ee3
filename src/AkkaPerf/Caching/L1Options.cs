using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Caching;

/// <summary>The first level of the cache, in process.</summary>
public sealed class L1Options
{
    /// <summary>Entries; 1 to 100,000,000, default 10,000.</summary>
    [Range(1, 100_000_000)]
    public int Capacity { get; set; } = 10_000;

    /// <summary>What entries are kept in; default <see cref="L1Store.Native"/>.</summary>
    public L1Store Store { get; set; } = L1Store.Native;

    /// <summary>Estimated size of all entries in bytes, with their keys and what the cache needs for them; 1 KiB to 1 TiB, default 256 MiB.</summary>
    [Range(1024L, 1024L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; set; } = 256L * 1024 * 1024;
}
