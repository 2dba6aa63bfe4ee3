using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Balancing;

/// <summary>How a pipeline chooses among its backends.</summary>
public sealed class BalancingOptions
{
    /// <summary>The policy's name: <c>round-robin</c> (default), <c>least-connections</c>, or one registered in code.</summary>
    [Required]
    public string Policy { get; set; } = "round-robin";
}
