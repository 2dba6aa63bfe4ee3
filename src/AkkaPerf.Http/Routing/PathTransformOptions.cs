using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Routing;

/// <summary>What a route changes in the path on its way to the backend; the query stays as it is.</summary>
public sealed class PathTransformOptions : IValidatableObject
{
    /// <summary>Taken off the front, segment by segment, if it is there: <c>/shop</c> makes <c>/shop/cart</c> to <c>/cart</c>.</summary>
    public string RemovePrefix { get; set; } = "";

    /// <summary>Put in front, after that.</summary>
    public string AddPrefix { get; set; } = "";

    /// <summary>Instead of both: the whole path, made of the match's parameters, such as <c>/v2/{**path}</c>.</summary>
    public string Pattern { get; set; } = "";

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PrefixProblem(RemovePrefix) is { } removed)
        {
            yield return new ValidationResult(removed, [nameof(RemovePrefix)]);
        }

        if (PrefixProblem(AddPrefix) is { } added)
        {
            yield return new ValidationResult(added, [nameof(AddPrefix)]);
        }

        if (Pattern.Length > 0 && RemovePrefix.Length + AddPrefix.Length > 0)
        {
            yield return new ValidationResult("must stand alone, without remove-prefix and add-prefix", [nameof(Pattern)]);
        }
        else if (Pattern.Length > 0 && PathPattern.ProblemOf(Pattern) is { } problem)
        {
            yield return new ValidationResult(problem, [nameof(Pattern)]);
        }
    }

    private static string? PrefixProblem(string prefix) =>
        prefix.Length == 0 || (prefix[0] == '/' && prefix[^1] != '/' && !prefix.AsSpan().ContainsAnyExceptInRange('\x21', '\x7e') && !prefix.AsSpan().ContainsAny('?', '#'))
            ? null
            : "must begin with '/' and not end with it, in visible ASCII without '?' and '#'";
}
