using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Caching.Distributed;

/// <summary>When a failing second level is left alone, and for how long.</summary>
public sealed class BreakerOptions
{
    /// <summary>Failures in a row that open the breaker; 1 to 1000, default 5.</summary>
    [Range(1, 1000)]
    public int Failures { get; set; } = 5;

    /// <summary>From opening to the next probe, up to 20 % longer by chance; 10 ms to 1 h, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(5);
}
