using System.Reflection;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Tests.Architecture;

/// <summary>Who may use whom: a folder only folders of lower levels, the stations of the path never one another.</summary>
public sealed class FolderTests
{
    private static readonly string[][] Levels =
    [
        ["Statistics", "Telemetry"],
        ["Backends"],
        ["Exchanges"],
        ["Layers"],
        ["Ingress", "Caching", "Throttling", "Retrying", "Balancing", "Connections", "Health"],
        ["Pipeline"],
        ["Hosting"],
    ];

    private static readonly Assembly Library = typeof(PipelineOptions).Assembly;

    [Fact]
    public void Every_folder_stands_in_the_table()
    {
        var folders = Repository.Sources("src/AkkaPerf").Select(file => file.Path.Split('/')[0]).Distinct();

        Claim.None(folders.Except(Levels.SelectMany(level => level)));
    }

    [Fact]
    public void Compiled_code_uses_only_lower_folders()
    {
        var references =
            from type in Library.GetTypes()
            let folder = FolderOf(type)
            where folder is not null
            from used in MemberReferences.TypesOf(type)
            where used.Assembly == Library && FolderOf(used) is { } other && other != folder && !MayUse(folder, used)
            select $"{type.FullName} uses {used.FullName}";

        Claim.None(references);
    }

    [Fact]
    public void Sources_name_only_lower_folders()
    {
        var usings =
            from file in Repository.Sources("src/AkkaPerf")
            let folder = file.Path.Split('/')[0]
            from line in file.Text.Split('\n')
            where line.StartsWith("using AkkaPerf.", StringComparison.Ordinal)
            let other = line["using AkkaPerf.".Length..].TrimEnd(';', '\r').Split('.')[0]
            where other != folder && LevelOf(other) >= LevelOf(folder)
            select $"{file.Path}: {line}";

        Claim.None(usings);
    }

    [Fact]
    public void Only_hosting_knows_hocon()
    {
        var knowing =
            from type in Library.GetTypes()
            where FolderOf(type) is not null and not "Hosting"
            from used in MemberReferences.TypesOf(type)
            where used.Namespace == "Akka.Configuration.Hocon" || used.FullName == "Akka.Configuration.ConfigurationFactory"
            select $"{type.FullName} uses {used.FullName}";

        Claim.None(knowing);
    }

    [Fact]
    public void Nobody_blocks_on_a_task()
    {
        var blocking =
            from type in Library.GetTypes()
            from called in MemberReferences.CalledBy(type)
            where called.DeclaringType is { } owner
                && ((typeof(Task).IsAssignableFrom(owner) && called.Name is "get_Result" or "Wait" or "WaitAll" or "WaitAny")
                    || (owner == typeof(Thread) && called.Name == "Sleep"))
            select $"{type.FullName} calls {called.DeclaringType!.Name}.{called.Name}";

        Claim.None(blocking);
    }

    /// <summary>Hosting talks to the pipeline; of the stations it sees what everybody sees, their options first of all.</summary>
    private static bool MayUse(string folder, Type used)
    {
        var other = FolderOf(used)!;
        return LevelOf(other) < LevelOf(folder)
            && (folder != "Hosting" || other is "Pipeline" || used.IsVisible);
    }

    private static int LevelOf(string folder) => Array.FindIndex(Levels, level => level.Contains(folder));

    /// <summary>The second word of the namespace; null for what the compiler adds outside every folder.</summary>
    private static string? FolderOf(Type type) =>
        type.Namespace?.Split('.') is ["AkkaPerf", var folder, ..] ? folder : null;
}
