using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Balancing;

/// <summary>How a backend that comes back, or is new beside others, comes to its full share: in ten steps, of weight and of <c>max-in-flight</c>.</summary>
public sealed class SlowStartOptions
{
    /// <summary>How long it takes; 0 s to 1 h, default 10 s, 0 s = at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The part of its share with which it begins; 0.01 to 1, default 0.1.</summary>
    [Range(0.01, 1.0)]
    public double From { get; set; } = 0.1;
}
