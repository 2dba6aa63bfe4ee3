namespace AkkaPerf.Benchmarks.Http;

/// <summary>A configuration of config/peers, with ${NAMES} in it for what only a run knows.</summary>
internal static class PeerFile
{
    /// <summary>Writes it into a folder with its names filled in.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="InvalidOperationException">A name is left that nobody gave.</exception>
    public static string Fill(string file, string folder, int port, params IEnumerable<(string Name, string Value)> values)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "peers", file));
        IEnumerable<(string Name, string Value)> all =
        [
            ("FOLDER", folder), ("PORT", $"{port}"), ("H2PORT", $"{port + 1}"), ("ADMIN_PORT", $"{port + 2}"), .. values,
        ];
        foreach (var (name, value) in all)
        {
            text = text.Replace("${" + name + "}", value, StringComparison.Ordinal);
        }

        if (text.Contains("${", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{file} has a name that nobody filled in.");
        }

        var filled = Path.Combine(folder, $"{port}-{file}");
        File.WriteAllText(filled, text);
        return filled;
    }
}
