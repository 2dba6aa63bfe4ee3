using System.ComponentModel.DataAnnotations;
using AkkaPerf.Backends;

namespace AkkaPerf.Balancing;

/// <summary>How a pipeline chooses among its backends.</summary>
public sealed class BalancingOptions
{
    /// <summary>The policy's name: one of <see cref="BalancingPolicies.Names"/>, or one registered in code; default <c>least-response-time</c>.</summary>
    [Required]
    public string Policy { get; set; } = BalancingPolicies.LeastResponseTime;

    /// <summary>The hash policies: nobody gets more than its share of what is in flight, times this; 1 to 1000, default 1.25.</summary>
    [Range(1.0, 1000.0)]
    public double HashBalance { get; set; } = 1.25;

    /// <summary>The zone whose backends are preferred while enough of them are well; default empty = none.</summary>
    [RegularExpression("[A-Za-z0-9._-]{0,100}")]
    public string Zone { get; set; } = "";

    /// <summary>If less than this part of the backends is well, those whose traffic failed get traffic again; 0 to 1, default 0.5, 0 = never.</summary>
    [Range(0.0, 1.0)]
    public double PanicThreshold { get; set; } = 0.5;

    /// <summary>How backends begin that come back, or are new beside others.</summary>
    public SlowStartOptions SlowStart { get; set; } = new();

    /// <summary>Part of the decisions that are kept with their reasons; 0 to 1, default 0.</summary>
    [Range(0.0, 1.0)]
    public double Trace { get; set; }

    internal HealthRules ToRules() => new()
    {
        SlowStart = SlowStart.Window,
        SlowStartFrom = Math.Max(1, (int)(SlowStart.From * BackendStatus.FullShare)),
        PanicBelow = PanicThreshold,
        Zone = Zone,
    };
}
