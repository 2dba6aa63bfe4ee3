using System.Xml.Linq;

namespace AkkaPerf.Tests.Architecture;

/// <summary>What lies at the top of the repository, and what the library depends on.</summary>
public sealed class LayoutTests
{
    private static readonly string[] Required = ["src", "tests", "AkkaPerf.sln", "akka.hocon", "README.md", "LICENSE", "Directory.Build.props", "Directory.Packages.props"];

    // What builds, tests and benchmarks leave behind; git ignores it.
    private static readonly string[] Leftovers = ["artifacts", "bin", "obj", "TestResults", "BenchmarkDotNet.Artifacts"];

    [Fact]
    public void Top_level_holds_what_it_should_and_nothing_else()
    {
        string[] entries = [.. Directory.EnumerateFileSystemEntries(Repository.Root).Select(entry => Path.GetFileName(entry)!).Where(entry => entry[0] != '.')];

        Claim.None(Required.Except(entries));
        Claim.None(entries.Except(Required).Except(Leftovers).Except(["config"]));
    }

    [Fact]
    public void Library_depends_on_the_four_packages_and_no_project()
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "src/AkkaPerf/AkkaPerf.csproj"));

        Assert.Equal(
            ["Akka", "Akka.Hosting", "Akka.Streams", "Microsoft.Extensions.Caching.Memory"],
            project.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value).Order(StringComparer.Ordinal));
        Assert.Empty(project.Descendants("ProjectReference"));
        Assert.Empty(project.Descendants("FrameworkReference"));
    }

    [Fact]
    public void Every_project_stands_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "AkkaPerf.sln")).Replace('\\', '/');
        var projects = new[] { "src", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'));

        Assert.DoesNotContain(projects, project => !solution.Contains(project, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_package_version_stands_in_one_place()
    {
        var projects = new[] { "src", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(XDocument.Load);

        Assert.DoesNotContain(projects.SelectMany(project => project.Descendants("PackageReference")), reference => reference.Attribute("Version") is not null);
    }
}
