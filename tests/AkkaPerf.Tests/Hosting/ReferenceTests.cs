using System.Text.RegularExpressions;
using Akka.Configuration;
using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Tests.Hosting;

public sealed partial class ReferenceTests
{
    private static readonly ConfigurationNode.Section Pipeline = (ConfigurationNode.Section)ConfigurationSource.Reference.Root!.Find("pipeline")!;

    [Fact]
    public void Every_key_has_a_property_and_every_property_a_key() =>
        Assert.Equal(Properties(typeof(PipelineOptions), "").Order(), Keys(Pipeline, "").Order());

    [Fact]
    public void Defaults_of_the_reference_are_those_of_the_options()
    {
        var reader = new OptionsReader();
        var options = new PipelineOptions();
        reader.Read(options, Pipeline, "", isComplete: true);

        Assert.Empty(reader.Faults);
        Assert.Empty(OptionsWriter.Differences(options, new PipelineOptions(), new("", "")).Items);
        Assert.DoesNotContain(reader.Settings, setting => setting.Source == "default");
    }

    [Fact]
    public void Ranges_in_the_references_comments_are_those_of_the_options()
    {
        var lines = ReferenceText().Split('\n').TakeWhile(line => !line.Contains("pipelines {", StringComparison.Ordinal));
        var ranges = lines.Select(line => RangeComment().Match(line)).Where(match => match.Success).ToList();
        var allowed = Allowed(typeof(PipelineOptions)).ToList();

        Assert.NotEmpty(ranges);
        Assert.All(ranges, range => Assert.Contains(
            allowed,
            property => property.Key == range.Groups["key"].Value && property.Text.EndsWith($", {range.Groups["range"].Value}", StringComparison.Ordinal)));
    }

    [Fact]
    public void Reference_binds_without_a_fault() =>
        Assert.Empty(Given.Configuration().Bind("shop").Faults);

    [Fact]
    public void Reference_laid_over_itself_as_the_users_file_changes_nothing() =>
        Assert.Empty(Given.Configuration(Given.Hocon(ReferenceText())).Bind("shop").Faults);

    [Fact]
    public void Akkas_own_reading_of_the_reference_agrees()
    {
        var config = ConfigurationFactory.ParseString(ReferenceText());

        Assert.Equal(30, config.GetTimeSpan("akkaperf.pipeline.timeout").TotalSeconds);
        Assert.Equal(256, config.GetInt("akkaperf.pipeline.throttle.concurrency"));
    }

    private static string ReferenceText()
    {
        using var reader = new StreamReader(typeof(PipelineOptions).Assembly.GetManifestResourceStream("AkkaPerf.akka.hocon")!);
        return reader.ReadToEnd();
    }

    private static IEnumerable<string> Properties(Type type, string path) => OptionProperty.Of(type)
        .SelectMany(property => property.IsSection
            ? Properties(property.Type, $"{path}.{property.Key}")
            : [$"{path}.{property.Key}"]);

    private static IEnumerable<string> Keys(ConfigurationNode.Section section, string path) => section.Items
        .SelectMany(item => item.Value is ConfigurationNode.Section inner
            ? Keys(inner, $"{path}.{item.Key}")
            : [$"{path}.{item.Key}"]);

    private static IEnumerable<(string Key, string Text)> Allowed(Type type) => OptionProperty.Of(type)
        .SelectMany(property => property.IsSection ? Allowed(property.Type) : [(property.Key, property.Value.Allowed())]);

    [GeneratedRegex(@"^\s*(?<key>[a-z-]+) = .*[;] (?<range>\d\w* to \d\w*)(;|$)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RangeComment();
}
