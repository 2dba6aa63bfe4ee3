using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Throttling;

/// <summary>What limits the calls of a pipeline.</summary>
public sealed class ThrottleOptions
{
    /// <summary>Permits: calls running at once; 1 to 1,000,000, default 256.</summary>
    [Range(1, 1_000_000)]
    public int Concurrency { get; set; } = 256;

    /// <summary>The waiting room, in exchanges; 0 to 1,000,000, default 1024, 0 = nobody waits.</summary>
    [Range(0, 1_000_000)]
    public int Queue { get; set; } = 1024;

    /// <summary>Calls started per second; 0 to 10,000,000, default 0 = no limit.</summary>
    [Range(0.0, 10_000_000.0)]
    public double Rate { get; set; }

    /// <summary>Tokens the bucket holds; 0 to 10,000,000, default 0 = a tenth of a second's, at least one.</summary>
    [Range(0, 10_000_000)]
    public int Burst { get; set; }
}
