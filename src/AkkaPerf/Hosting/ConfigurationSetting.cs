namespace AkkaPerf.Hosting;

/// <summary>One value in effect, and where it comes from.</summary>
/// <param name="Path">The full path of the key.</param>
/// <param name="Value">The value as its source has it.</param>
/// <param name="Source">Where it comes from, such as <c>reference</c>, <c>code</c> or <c>shop.hocon, line 3</c>.</param>
public sealed record ConfigurationSetting(string Path, string Value, string Source)
{
    /// <inheritdoc />
    public override string ToString() => $"{Path} = {Value} ({Source})";
}
