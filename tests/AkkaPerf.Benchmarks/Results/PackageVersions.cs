using System.Reflection;

namespace AkkaPerf.Benchmarks.Results;

/// <summary>The versions of what takes part, as their assemblies tell them.</summary>
internal static class PackageVersions
{
    private const int CommitDigits = 8;

    /// <summary>By assembly name, of the assemblies that hold these types; AkkaPerf's own with the commit it was built from.</summary>
    public static IReadOnlyDictionary<string, string> Of(params Type[] types) => types
        .Append(typeof(Pipeline.PipelineOptions))
        .Select(static type => type.Assembly)
        .Distinct()
        .OrderBy(static assembly => assembly.GetName().Name, StringComparer.Ordinal)
        .ToDictionary(static assembly => assembly.GetName().Name!, VersionOf);

    private static string VersionOf(Assembly assembly)
    {
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "?";
        var parts = version.Split('+', 2);
        return parts.Length == 2 && assembly == typeof(Pipeline.PipelineOptions).Assembly
            ? $"{parts[0]}+{parts[1][..Math.Min(CommitDigits, parts[1].Length)]}"
            : parts[0];
    }
}
