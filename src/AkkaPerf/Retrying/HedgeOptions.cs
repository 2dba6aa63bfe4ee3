using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Retrying;

/// <summary>A second try beside a slow first one, on another backend; who answers first wins. Only what may be sent more than once.</summary>
public sealed class HedgeOptions
{
    /// <summary>Whether there are any; default off.</summary>
    public bool Enabled { get; set; }

    /// <summary>Slow is what takes longer than this part of the answers of the last half minute; 0.5 to 0.999, default 0.95.</summary>
    [Range(0.5, 0.999)]
    public double Quantile { get; set; } = 0.95;

    /// <summary>Fewer answers say nothing of that; 10 to 1,000,000, default 100.</summary>
    [Range(10, 1_000_000)]
    public int MinSamples { get; set; } = 100;

    /// <summary>None begins earlier; 1 ms to 1 h, default 1 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan MinDelay { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>While the quantile is above it there are none; 1 ms to 1 h, default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(2);
}
