using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AkkaPerf.Benchmarks.Musts;

namespace AkkaPerf.Benchmarks.Results;

/// <summary>What one run of a suite measured, with what is needed to run it again: kept as a dated file beside this code.</summary>
internal sealed record ResultFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        IndentSize = 1,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Such as <c>http</c>, <c>overload</c>; the first part of the file's name.</summary>
    public required string Suite { get; init; }

    public required DateOnly Date { get; init; }

    public required Machine Machine { get; init; }

    /// <summary>Of everything that took part.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>What repeats it, from the repository's root.</summary>
    public required string Command { get; init; }

    /// <summary>How it was measured, in a sentence.</summary>
    public required string Method { get; init; }

    /// <summary>How each contender became warm before it was measured; null where it was not watched.</summary>
    public IReadOnlyList<string>? WarmUps { get; init; }

    /// <summary>How the machine was meanwhile, where that was watched.</summary>
    public IReadOnlyList<string>? Conditions { get; init; }

    /// <summary>Who would have taken part but was not found on the machine.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    /// <summary>What the project demands of itself, and whether it holds.</summary>
    public IReadOnlyList<Verdict>? Musts { get; init; }

    /// <summary>Where results are kept: beside the source when run from the repository, else the current folder.</summary>
    public static string Folder
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                var results = Path.Combine(folder.FullName, "tests", "AkkaPerf.Benchmarks", "Results");
                if (Directory.Exists(results))
                {
                    return results;
                }
            }

            return Environment.CurrentDirectory;
        }
    }

    /// <summary>The newest of each suite.</summary>
    public static IReadOnlyList<ResultFile> Newest() =>
    [
        .. Directory.EnumerateFiles(Folder, "*.json")
            .Select(static file => JsonSerializer.Deserialize<ResultFile>(File.ReadAllText(file), Format)!)
            .GroupBy(static file => file.Suite)
            .Select(static suite => suite.MaxBy(static file => file.Date)!)
            .OrderBy(static file => file.Suite, StringComparer.Ordinal),
    ];

    /// <summary>Writes it as <c>suite-date.json</c>; one of the same day is replaced.</summary>
    /// <returns>The file.</returns>
    public string Save()
    {
        var file = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{Suite}-{Date:yyyy-MM-dd}.json"));
        File.WriteAllText(file, JsonSerializer.Serialize(this, Format) + "\n");
        return file;
    }
}
