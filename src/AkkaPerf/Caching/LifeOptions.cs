using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Caching;

/// <summary>The life of an entry, beside its <c>ttl</c>.</summary>
public sealed class LifeOptions
{
    /// <summary>An entry that nobody asks for lives this long at most; 0 s to 365 d, default 0 s = no such limit.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Sliding { get; set; }

    /// <summary>Up to this part of its life is taken from an entry by chance, so that entries made together do not end together; 0 to 0.5, default 0.</summary>
    [Range(0.0, 0.5)]
    public double Jitter { get; set; }

    /// <summary>Life of an answer that is null, if that is shorter; 0 s to 365 d, default 30 s, 0 s = it is not kept.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan NegativeTtl { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A key that could not be loaded, and of which nothing stale is known, is not loaded again for this long, up to a fifth longer by chance; 0 s to 10 min, default 0 s = whoever asks next has it loaded.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan FailurePause { get; set; }
}
