using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Routing;

/// <summary>What a route changes in headers on their way: first it removes, then it sets, then it appends.</summary>
public sealed class HeaderTransformOptions : IValidatableObject
{
    /// <summary>Names of headers that do not go on.</summary>
    public IList<string> Remove { get; set; } = [];

    /// <summary>Headers that say this and nothing else.</summary>
    public IList<HeaderValueOptions> Set { get; set; } = [];

    /// <summary>Headers that say this besides what they say.</summary>
    public IList<HeaderValueOptions> Append { get; set; } = [];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Check(Remove, nameof(Remove))
            .Concat(Check(Set.Select(static header => header.Name), nameof(Set)))
            .Concat(Check(Append.Select(static header => header.Name), nameof(Append)));

    private static IEnumerable<ValidationResult> Check(IEnumerable<string> names, string member) => names
        .Select((name, i) => (Problem: HeaderTransform.ProblemOf(name), Index: i))
        .Where(static item => item.Problem is not null)
        .Select(item => new ValidationResult(item.Problem, [$"{member}[{item.Index}]"]));
}
