using System.Runtime.InteropServices;

namespace AkkaPerf.Caching;

/// <summary>What becomes of one answer.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CachingVerdict
{
    private CachingVerdict(bool isKept, TimeSpan? ttl, long bytes)
    {
        IsKept = isKept;
        Ttl = ttl;
        Bytes = bytes;
    }

    /// <summary>It is not kept.</summary>
    public static CachingVerdict Pass => default;

    /// <summary>Whether it is kept.</summary>
    public bool IsKept { get; }

    /// <summary>Its life; null for the pipeline's <c>cache.ttl</c>.</summary>
    public TimeSpan? Ttl { get; }

    /// <summary>Its estimated size in bytes, beside what every entry costs.</summary>
    public long Bytes { get; }

    /// <summary>It is kept.</summary>
    /// <param name="ttl">Its life, more than zero; null for the pipeline's <c>cache.ttl</c>.</param>
    /// <param name="bytes">Its estimated size, beside what every entry costs; not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">A life that is not more than zero, or a negative size.</exception>
    public static CachingVerdict Keep(TimeSpan? ttl = null, long bytes = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ttl ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(ttl));
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new CachingVerdict(isKept: true, ttl, bytes);
    }
}
