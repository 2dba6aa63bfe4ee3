using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Health;

/// <summary>How the backends of a pipeline are probed.</summary>
public sealed class HealthOptions
{
    /// <summary>Off: backends that were never probed get traffic; default on.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Between two probes of a backend, jittered by 10 %; 10 ms to 1 h, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Of one probe; 1 ms to 10 min, default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Successes in a row that bring a backend back; 1 to 100, default 2.</summary>
    [Range(1, 100)]
    public int Rise { get; set; } = 2;

    /// <summary>Failures in a row that take a backend out; 1 to 100, default 3.</summary>
    [Range(1, 100)]
    public int Fall { get; set; } = 3;

    /// <summary>Of an HTTP probe, starting with '/'; default <c>/health</c>, and while it is that, 404 and 405 count as up.</summary>
    [Required]
    [RegularExpression("/[^ ]*")]
    public string Path { get; set; } = "/health";

    /// <summary>What traffic tells of the backends.</summary>
    public PassiveOptions Passive { get; set; } = new();
}
