using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Routing;

/// <summary>What a header or query parameter must say for a route to take the request.</summary>
public sealed class ValueMatchOptions : IValidatableObject
{
    /// <summary>The header's or parameter's name; case does not matter.</summary>
    [Required]
    public string Name { get; set; } = "";

    /// <summary>What it may say; none for <see cref="MatchMode.Exists"/> and <see cref="MatchMode.Absent"/>.</summary>
    public IList<string> Values { get; set; } = [];

    /// <summary>How it is compared; default <see cref="MatchMode.Exact"/>.</summary>
    public MatchMode Mode { get; set; } = MatchMode.Exact;

    /// <summary>Whether upper and lower case are the same; default on.</summary>
    public bool IgnoreCase { get; set; } = true;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var needsValues = Mode is not (MatchMode.Exists or MatchMode.Absent);
        if (needsValues != Values.Count > 0)
        {
            yield return new ValidationResult(
                needsValues ? "must have at least one value, or the mode exists or absent" : "must have no values with the mode exists or absent", [nameof(Values)]);
        }
    }
}
