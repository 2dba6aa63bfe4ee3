using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Routing;

/// <summary>A header to be written.</summary>
public sealed class HeaderValueOptions
{
    /// <summary>Its name.</summary>
    [Required]
    public string Name { get; set; } = "";

    /// <summary>Its value: visible ASCII, spaces and tabs.</summary>
    [RegularExpression(@"^[\x20-\x7e\t]*$", ErrorMessage = "must be visible ASCII, spaces and tabs")]
    public string Value { get; set; } = "";
}
