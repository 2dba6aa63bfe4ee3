using System.Runtime.InteropServices;

namespace AkkaPerf.Caching;

/// <summary>What becomes of one answer.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CachingVerdict
{
    private readonly IReadOnlyList<string>? _tags;

    private CachingVerdict(bool isKept, TimeSpan? ttl, long bytes, CacheEntryOptions? options = null, IReadOnlyList<string>? tags = null)
    {
        Options = options;
        _tags = tags;
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

    /// <summary>What else is special about it; null if nothing is.</summary>
    public CacheEntryOptions? Options { get; }

    /// <summary>What it can be removed by, together with others.</summary>
    public IReadOnlyList<string> Tags => _tags ?? [];

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

    /// <summary>What the caller of a cache that stands alone said; checked already.</summary>
    internal static CachingVerdict Of(bool isKept, long bytes, CacheEntryOptions? options, IReadOnlyList<string> tags) =>
        new(isKept, ttl: null, options?.Bytes ?? bytes, options, tags);

    /// <summary>It is kept, in its own way.</summary>
    /// <param name="options">What is special about it.</param>
    /// <param name="tags">What it can be removed by, together with others.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static CachingVerdict Keep(CacheEntryOptions options, IReadOnlyList<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return new CachingVerdict(isKept: true, options.Ttl, options.Bytes ?? 0, options, tags);
    }
}
