using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Health;

/// <summary>How often a backend is probed that is not simply well.</summary>
public sealed class PaceOptions
{
    /// <summary>While the next results may change the verdict, unless <c>health.interval</c> is shorter; 10 ms to 1 h, default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan EdgeInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Of a backend that is down, at first, unless <c>health.interval</c> is shorter; doubled with each failure; 10 ms to 1 h, default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan UnhealthyInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Of a backend that has been down for long; 10 ms to 1 h, default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan MaxUnhealthyInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How fast it is forgotten that a backend went down: by half in this time; 0 s to 24 h, default 1 min, 0 s = at once, nothing is damped.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan FlapHalfLife { get; set; } = TimeSpan.FromMinutes(1);
}
