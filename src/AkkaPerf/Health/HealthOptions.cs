using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Health;

/// <summary>How the backends of a pipeline are probed.</summary>
public sealed class HealthOptions : IValidatableObject
{
    /// <summary>Off: backends that were never probed get traffic; default on.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How it is asked; default <see cref="ProbeKind.Auto"/>. Another one counts before a probe given in code.</summary>
    public ProbeKind Probe { get; set; } = ProbeKind.Auto;

    /// <summary>Between two probes of a backend that is well, jittered by 10 %; 10 ms to 1 h, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Of one probe; 1 ms to 10 min, default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Probes of one pipeline at once; the others wait in their order; 1 to 10,000, default 32.</summary>
    [Range(1, 10_000)]
    public int MaxConcurrent { get; set; } = 32;

    /// <summary>Successes in a row that bring a backend back, and more of them if it goes up and down; 1 to 100, default 2.</summary>
    [Range(1, 100)]
    public int Rise { get; set; } = 2;

    /// <summary>Failures in a row that take a backend out; 1 to 100, default 3.</summary>
    [Range(1, 100)]
    public int Fall { get; set; } = 3;

    /// <summary>Of an HTTP probe, starting with '/'; default <c>/health</c>; while it and the statuses are the defaults, 404 and 405 count as up.</summary>
    [Required]
    [RegularExpression("/[^ ]*")]
    public string Path { get; set; } = "/health";

    /// <summary>Which statuses of an HTTP probe are up, such as <c>204</c> or <c>200-299</c>; default <c>200-399</c>.</summary>
    public IList<string> Statuses { get; set; } = [StatusRanges.Default];

    /// <summary>What must stand in the first 64 KiB of an HTTP probe's body; empty, the default = the body is not read.</summary>
    public string Body { get; set; } = "";

    /// <summary>Which service a gRPC probe asks for; empty, the default = the server as a whole.</summary>
    public string Service { get; set; } = "";

    /// <summary>How often backends are probed that are not well.</summary>
    public PaceOptions Pace { get; set; } = new();

    /// <summary>What traffic tells of the backends.</summary>
    public PassiveOptions Passive { get; set; } = new();

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Statuses.Count == 0)
        {
            yield return new ValidationResult("must have at least one status", [nameof(Statuses)]);
        }

        for (var i = 0; i < Statuses.Count; i++)
        {
            if (!StatusRanges.TryParse(Statuses[i], out _))
            {
                yield return new ValidationResult("must be a status or a range of them, within 100 to 599, such as 204 or 200-299", [$"{nameof(Statuses)}[{i}]"]);
            }
        }

        if (Pace.MaxUnhealthyInterval < Pace.UnhealthyInterval)
        {
            yield return new ValidationResult("pace.max-unhealthy-interval must not be shorter than pace.unhealthy-interval", [nameof(Pace)]);
        }
    }
}
