using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Backends;

/// <summary>One server that can answer, as the user configures it.</summary>
public sealed class BackendOptions
{
    /// <summary>Its name, unique within the pipeline; letters, digits, '.', '_' and '-'.</summary>
    [Required]
    [RegularExpression("[A-Za-z0-9._-]{1,100}")]
    public string Id { get; set; } = "";

    /// <summary>Where it listens: an absolute URI such as <c>http://127.0.0.1:9001</c> or <c>tcp://db:5432</c>.</summary>
    [Required]
    public Uri? Address { get; set; }

    /// <summary>Its share of the traffic beside the others' weights; 0 to 1000, default 1, 0 = none.</summary>
    [Range(0, 1000)]
    public int Weight { get; set; } = 1;
}
