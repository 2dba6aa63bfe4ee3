using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Health;

/// <summary>When backends are taken out because their traffic fails, whatever their probes say.</summary>
public sealed class PassiveOptions
{
    /// <summary>Off: only probes take backends out; default on.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Failures in a row that eject a backend; 1 to 10,000, default 5, 0 = however many.</summary>
    [Range(0, 10_000)]
    public int ConsecutiveFailures { get; set; } = 5;

    /// <summary>A backend is ejected if a smaller part of what it was asked within <see cref="Window"/> went well; 0 to 1, default 0.8, 0 = never.</summary>
    [Range(0.0, 1.0)]
    public double SuccessRate { get; set; } = 0.8;

    /// <summary>Fewer answers within <see cref="Window"/> say nothing of the success rate; 1 to 1,000,000, default 20.</summary>
    [Range(1, 1_000_000)]
    public int MinRequests { get; set; } = 20;

    /// <summary>What the success rate is taken of, in ten exact steps; 100 ms to 1 h, default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the first ejection lasts at most, half of it by chance; each that follows twice as long; 10 ms to 1 h, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan EjectionTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long any ejection lasts at most; 10 ms to 24 h, default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The part of the backends that may be ejected at a time, rounded down; of several one always may, the last never; 0 to 1, default 0.5.</summary>
    [Range(0.0, 1.0)]
    public double MaxEjected { get; set; } = 0.5;
}
