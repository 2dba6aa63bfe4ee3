using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Gateway;

/// <summary>Where the gateway's figures, traces and log go.</summary>
internal sealed class TelemetryOptions : IValidatableObject
{
    /// <summary>On, the default: <c>/metrics</c> on the operators' listener, as Prometheus reads it.</summary>
    public bool Prometheus { get; set; } = true;

    /// <summary>The collector that metrics, traces and log are sent to by OTLP, such as <c>http://127.0.0.1:4317</c>; empty, the default: none.</summary>
    public string Otlp { get; set; } = "";

    /// <summary>How it is spoken to; default gRPC.</summary>
    public OtlpKind OtlpProtocol { get; set; }

    /// <summary>How often metrics are sent to it; 1 s to 1 h, default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan OtlpInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Part of the requests that are traced, where the client has not decided; 0 to 1, default 0.01.</summary>
    [Range(0.0, 1.0)]
    public double TraceRatio { get; set; } = 0.01;

    /// <summary>Series of a metric that are kept apart, at least; there are twice as many as pipelines and backends of the configuration need, if that is more. 100 to 1,000,000, default 500.</summary>
    /// <remarks>
    /// There is memory for each from the start, some 90 bytes a series and metric. What comes beyond them, such as backends that are found by name,
    /// is added up in a series with the tag <c>otel.metric.overflow</c>.
    /// </remarks>
    [Range(100, 1_000_000)]
    public int MaxSeries { get; set; } = 500;

    /// <summary>What all of it is said to come from.</summary>
    [Required]
    public string ServiceName { get; set; } = "akkaperf-gateway";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Otlp.Length > 0 && !(Uri.TryCreate(Otlp, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", UserInfo.Length: 0 }))
        {
            yield return new ValidationResult("must be an http or https address without user and password, or empty", [nameof(Otlp)]);
        }
    }
}
