using System.Reflection;
using PublicApiGenerator;

namespace AkkaPerf.Tests.Architecture;

/// <summary>The public surface changes on purpose only: what is committed in PublicApi/ is what users build on.</summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData("AkkaPerf")]
    [InlineData("AkkaPerf.Http")]
    [InlineData("AkkaPerf.Redis")]
    [InlineData("AkkaPerf.ServiceDiscovery")]
    [InlineData("AkkaPerf.Sqlite")]
    [InlineData("AkkaPerf.TestKit")]
    public void Public_surface_is_the_approved_one(string assembly)
    {
        var folder = Path.Combine(Repository.Root, "tests/AkkaPerf.Tests/Architecture/PublicApi");
        var approved = Path.Combine(folder, $"{assembly}.approved.txt");
        var received = Path.Combine(folder, $"{assembly}.received.txt");
        var options = new ApiGeneratorOptions { IncludeAssemblyAttributes = false };
        var actual = Assembly.Load(assembly).GeneratePublicApi(options).ReplaceLineEndings("\n").Trim() + "\n";
        var expected = File.Exists(approved) ? File.ReadAllText(approved) : "\n";
        if (actual == expected)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, actual);
        Assert.Fail(
            $"""
            The public surface of {assembly} is not the approved one:
            {Difference(expected, actual)}
            If it should be, accept it: mv {Path.GetRelativePath(Repository.Root, received)} {Path.GetRelativePath(Repository.Root, approved)}
            """);
    }

    /// <summary>The lines that only one of the two has, each under the type that it belongs to.</summary>
    private static string Difference(string expected, string actual)
    {
        string[] before = [.. WithOwner(expected)];
        string[] after = [.. WithOwner(actual)];
        return string.Join('\n', before.Except(after).Select(line => $"- {line}").Concat(after.Except(before).Select(line => $"+ {line}")));
    }

    private static IEnumerable<string> WithOwner(string text)
    {
        var owner = "";
        foreach (var line in text.Split('\n'))
        {
            var isOwner = line.StartsWith("    ", StringComparison.Ordinal) && line.Length > 4 && line[4] is not ' ' and not '{' and not '}';
            owner = isOwner || !line.StartsWith(' ') ? line.Trim() : owner;
            if (line.Trim() is not ("" or "{" or "}"))
            {
                yield return owner == line.Trim() ? owner : $"{owner} :: {line.Trim()}";
            }
        }
    }
}
