using System.ComponentModel.DataAnnotations;
using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Caching;
using AkkaPerf.Connections;
using AkkaPerf.Health;
using AkkaPerf.Ingress;
using AkkaPerf.Retrying;
using AkkaPerf.Throttling;

namespace AkkaPerf.Pipeline;

/// <summary>Everything that can be set on a pipeline; <c>akkaperf.pipeline</c> in HOCON.</summary>
public sealed class PipelineOptions
{
    /// <summary>Of one exchange, waiting included; 1 ms to 24 h, default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a drain waits for what is inside before it fails the rest; 0 s to 1 h, default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Which threads decide; default <see cref="DispatcherKind.Inline"/>.</summary>
    public DispatcherKind Dispatcher { get; set; } = DispatcherKind.Inline;

    /// <summary>The door.</summary>
    public IngressOptions Ingress { get; set; } = new();

    /// <summary>The cache.</summary>
    public CacheOptions Cache { get; set; } = new();

    /// <summary>The limits.</summary>
    public ThrottleOptions Throttle { get; set; } = new();

    /// <summary>Further tries.</summary>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>Second tries beside slow ones.</summary>
    public HedgeOptions Hedge { get; set; } = new();

    /// <summary>The choice of a backend.</summary>
    public BalancingOptions Balancing { get; set; } = new();

    /// <summary>The connections.</summary>
    public ConnectionOptions Connections { get; set; } = new();

    /// <summary>The probes.</summary>
    public HealthOptions Health { get; set; } = new();

    /// <summary>The servers; empty for a plain handler.</summary>
    public IList<BackendOptions> Backends { get; set; } = [];
}
