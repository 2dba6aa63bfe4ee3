using System.ComponentModel.DataAnnotations;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;

namespace AkkaPerf.Gateway;

/// <summary>What the gateway listens on and where it leads to; <c>akkaperf.gateway</c> in HOCON.</summary>
internal sealed class GatewayOptions : IValidatableObject
{
    /// <summary>Where clients connect.</summary>
    public IList<Uri> Listen { get; set; } = [new("http://127.0.0.1:8080")];

    /// <summary>Where operators connect.</summary>
    public AdminOptions Admin { get; set; } = new();

    /// <summary>Where socket callbacks run; default inline, which takes the least CPU.</summary>
    public SchedulingKind Scheduling { get; set; } = SchedulingKind.Inline;

    /// <summary>Whether plain requests over HTTP/1.1 without TLS go the short way, without the server's own HTTP layer; default true.</summary>
    public bool Express { get; set; } = true;

    /// <summary>With inline scheduling, on Linux: whether sockets are watched by event loops of our own, which take fewer system calls than the runtime's; default true.</summary>
    public bool EventLoops { get; set; } = true;

    /// <summary>Whether they are.</summary>
    public bool UsesEventLoops => EventLoops && Scheduling == SchedulingKind.Inline;

    /// <summary>After SIGTERM: not ready, but serving on for this long; 0 s to 10 min, default 0 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainDelay { get; set; }

    /// <summary>After the response's head: longest silence of a body, either way; 1 ms to 1 h, default 100 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>Larger responses pass through uncached; 0 B to 1 GiB, default 1 MiB.</summary>
    [DataType("size")]
    [Range(0L, 1024L * 1024 * 1024)]
    public long MaxCacheableBody { get; set; } = 1024 * 1024;

    /// <summary>Larger ones are refused with 413; 0 B to 1 TiB, default 0 B = no limit.</summary>
    [DataType("size")]
    [Range(0L, 1024L * 1024 * 1024 * 1024)]
    public long MaxRequestBody { get; set; }

    /// <summary>WebSockets, server-sent events and long gRPC calls of a pipeline open at once; 0 to 1,000,000, default 10,000.</summary>
    [Range(0, 1_000_000)]
    public int MaxStreams { get; set; } = 10_000;

    /// <summary>A gRPC call open so long after its response's head is a stream; 0 s to 1 h, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StreamAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Which HTTP the backends are spoken to; default auto.</summary>
    public BackendHttp BackendHttp { get; set; }

    /// <summary>On: the backend sees the client's Host; off, the default: its own authority.</summary>
    public bool PreserveHost { get; set; }

    /// <summary>On: a backend's 502, 503 or 504 sends a request that may be repeated to another one; off, the default: it passes.</summary>
    public bool RetryUnavailable { get; set; }

    /// <summary>Where its figures, traces and log go.</summary>
    public TelemetryOptions Telemetry { get; set; } = new();

    /// <summary>What the gateway says of itself and of its clients.</summary>
    public HttpProxyOptions Proxy { get; set; } = new();

    /// <summary>What is compressed on the way to clients, and how.</summary>
    public CompressionOptions Compression { get; set; } = new();

    /// <summary>What is shown to clients that connect with TLS.</summary>
    public TlsOptions Tls { get; set; } = new();

    /// <summary>How backends with an https address are asked.</summary>
    public BackendTlsOptions BackendTls { get; set; } = new();

    /// <summary>What a client may take of the server.</summary>
    public LimitsOptions Limits { get; set; } = new();

    /// <summary>How often configuration and certificate files are looked at for a change; 0 s to 1 h, default 2 s, 0 s = only on SIGHUP.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>What leads where; empty for the demonstration.</summary>
    public IList<RouteOptions> Routes { get; set; } = [];

    /// <summary>Embedded origin servers, when no route is configured; 1 to 16, default 3.</summary>
    [Range(1, 16)]
    public int DemoOrigins { get; set; } = 3;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Listen.Count == 0)
        {
            yield return new ValidationResult("must have at least one address", [nameof(Listen)]);
        }

        for (var i = 0; i < Listen.Count; i++)
        {
            if (AddressRules.ListenerProblem(Listen[i]) is { } problem)
            {
                yield return new ValidationResult(problem, [$"{nameof(Listen)}[{i}]"]);
            }
            else if (Listen[i].Scheme == Uri.UriSchemeHttps && Tls.Certificates.Count == 0)
            {
                yield return new ValidationResult("needs a certificate: akkaperf.gateway.tls.certificates is empty", [$"{nameof(Listen)}[{i}]"]);
            }
        }
    }
}
