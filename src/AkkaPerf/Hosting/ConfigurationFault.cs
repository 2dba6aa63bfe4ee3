namespace AkkaPerf.Hosting;

/// <summary>One thing that is wrong with the configuration.</summary>
/// <param name="Path">The full path of the key, as its source has it; empty when the source as a whole cannot be read.</param>
/// <param name="Value">The value as written; null when there is none, or it is hidden.</param>
/// <param name="Problem">What is wrong, and what is allowed instead.</param>
/// <param name="Source">Where it comes from, such as <c>shop.hocon, line 3</c>.</param>
public sealed record ConfigurationFault(string Path, string? Value, string Problem, string Source)
{
    /// <inheritdoc />
    public override string ToString() => this switch
    {
        { Path: "" } => $"{Source}: {Problem}",
        { Value: null } => $"{Path}: {Problem} ({Source})",
        _ => $"{Path} = {Value}: {Problem} ({Source})",
    };
}
