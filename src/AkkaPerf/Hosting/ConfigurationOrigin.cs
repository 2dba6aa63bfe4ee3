namespace AkkaPerf.Hosting;

/// <summary>Where a value stands: in which source, at which path, and at which place of the source if that is known.</summary>
internal sealed record ConfigurationOrigin(string Source, string Path, string? Place = null)
{
    /// <summary>For humans: the source and the place in it.</summary>
    public string Text => Place is null ? Source : $"{Source}, {Place}";

    public ConfigurationOrigin Child(string key) => this with { Path = Join(Path, key) };

    /// <summary>A key with anything but letters, digits, '_' and '-' is quoted, as HOCON wants it.</summary>
    public static string Join(string path, string key)
    {
        var isPlain = key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
        var text = isPlain ? key : $"\"{key}\"";
        return path.Length == 0 ? text : $"{path}.{text}";
    }
}
