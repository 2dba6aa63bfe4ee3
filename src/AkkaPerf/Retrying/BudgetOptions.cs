using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Retrying;

/// <summary>How many further tries and hedges there may be beside the requests of a window, so that a failing backend is not finished off by repetition.</summary>
public sealed class BudgetOptions
{
    /// <summary>Part of the requests; 0 to 1, default 0.2.</summary>
    [Range(0.0, 1.0)]
    public double Ratio { get; set; } = 0.2;

    /// <summary>So many per second in any case; 0 to 1,000,000, default 10.</summary>
    [Range(0.0, 1_000_000.0)]
    public double MinPerSecond { get; set; } = 10;

    /// <summary>What both are taken of, in ten exact steps; 100 ms to 1 h, default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(10);
}
