using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Ingress;

/// <summary>The door of a pipeline.</summary>
public sealed class IngressOptions
{
    /// <summary>Exchanges inside the pipeline, parked ones too; 1 to 1,000,000, default 4096.</summary>
    [Range(1, 1_000_000)]
    public int Capacity { get; set; } = 4096;

    /// <summary>What happens to a request when there is no room; default <see cref="WhenFull.Reject"/>.</summary>
    public WhenFull WhenFull { get; set; } = WhenFull.Reject;
}
