using System.Text.RegularExpressions;

namespace AkkaPerf.Tests.Architecture;

/// <summary>How the files are laid out, and what must not stand in them.</summary>
public sealed partial class FileTests
{
    [Fact]
    public void File_holds_one_type_and_bears_its_name()
    {
        var wrong =
            from file in Repository.Sources("src")
            let types = TopLevelType().Matches(file.Text).Select(match => match.Groups["name"].Value).Distinct().ToArray()
            let name = Path.GetFileNameWithoutExtension(file.Path).Split('{', '.')[0]
            where name != "Program" && (types.Length != 1 || types[0] != name)
            select $"{file.Path} holds {(types.Length == 0 ? "no type" : string.Join(", ", types))}";

        Claim.None(wrong);
    }

    [Fact]
    public void Namespace_is_the_folder()
    {
        var wrong =
            from file in Repository.Sources("src")
            let expected = string.Join('.', file.Path.Split('/')[..^1])
            let actual = Namespace().Match(file.Text).Groups["name"].Value
            where actual != expected && Path.GetFileName(file.Path) != "Program.cs"
            select $"{file.Path} is in {actual}";

        Claim.None(wrong);
    }

    [Theory]
    [InlineData(@"\bThread\.Sleep\b")]
    [InlineData(@"\bDateTime(Offset)?\.(Utc)?Now\b")]
    [InlineData(@"\.Wait\(\)")]
    [InlineData(@"\.GetAwaiter\(\)\.GetResult\(\)")]
    [InlineData(@"\basync void\b")]
    [InlineData(@"\bTODO\b")]
    [InlineData(@"^\s*#region\b")]
    public void Source_does_without(string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.Multiline, TimeSpan.FromSeconds(5));

        Claim.None(Repository.Sources("src").Where(file => regex.IsMatch(file.Text)).Select(file => file.Path));
    }

    [Theory]
    [InlineData(@"\bThread\.Sleep\b")]
    [InlineData(@"\bTask\.Delay\(\s*\d")]
    public void Tests_do_not_sleep(string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.None, TimeSpan.FromSeconds(5));
        // Benchmarks drive real processes; this file holds the patterns.
        var sources = Repository.Sources("tests").Where(file =>
            !file.Path.StartsWith("AkkaPerf.Benchmarks/", StringComparison.Ordinal)
            && !file.Path.EndsWith("Architecture/FileTests.cs", StringComparison.Ordinal));

        Claim.None(sources.Where(file => regex.IsMatch(file.Text)).Select(file => file.Path));
    }

    /// <summary>With file-scoped namespaces a type at the start of a line is at the top level.</summary>
    [GeneratedRegex(
        @"^(?:(?:public|internal|file|sealed|abstract|static|readonly|partial|ref|unsafe)\s+)*(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?|delegate\s+[\w<>?\[\]., ]+?)\s+(?<name>\w+)",
        RegexOptions.Multiline,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Namespace();
}
