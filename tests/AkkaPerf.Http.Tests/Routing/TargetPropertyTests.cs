using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using CsCheck;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>What holds for any target.</summary>
public sealed class TargetPropertyTests
{
    private static readonly Gen<string> Segment = Gen.OneOf(
        "", ".", "..", "...", "a", "b%2Fc", "%2e", "%2E.", ".%2e", "%2e%2E%2e", "%", "%2", "%zz", "..a", "a..", "~", "%C3%A4", ";x=1", "%25");

    private static readonly Gen<string> Target =
        from segments in Segment.List[0, 8]
        from query in Gen.OneOf("", "?", "?a=/../b", "?%2e")
        select "/" + string.Join('/', segments) + query;

    [Fact]
    public void Without_dot_segments_a_target_reads_as_everybody_reads_it() => Target.Check(target =>
    {
        var normal = RawTarget.HasDotSegments(target) ? RawTarget.RemoveDotSegments(target) : target;
        Assert.False(RawTarget.HasDotSegments(normal), normal);
        Assert.StartsWith("/", normal, StringComparison.Ordinal);
        Assert.Equal(target.IndexOf('?') < 0 ? "" : target[target.IndexOf('?')..], normal.IndexOf('?') < 0 ? "" : normal[normal.IndexOf('?')..]);

        // The framework's own reading, which knows no encoded dots.
        if (!target.Contains('%', StringComparison.Ordinal))
        {
            Assert.Equal(new Uri("http://h" + target).GetComponents(UriComponents.PathAndQuery, UriFormat.UriEscaped), normal);
        }
    }, iter: 5_000);

    [Fact]
    public void A_prefix_that_is_added_can_be_taken_off_again() => Gen.Select(Target, Gen.OneOf("/v1", "/a/b", "/x-y")).Check((target, prefix) =>
    {
        var added = PathTransform.Of(new PathTransformOptions { AddPrefix = prefix })!.Apply(target, default);
        Assert.Equal(prefix + target, added);
        Assert.Equal(target, PathTransform.Of(new PathTransformOptions { RemovePrefix = prefix })!.Apply(added, default));
    }, iter: 5_000);

    [Fact]
    public void A_target_that_does_not_have_the_prefix_stays() => Target.Where(target => !target.TrimStart('/').StartsWith('a')).Check(
        target => Assert.Equal(target, PathTransform.Of(new PathTransformOptions { RemovePrefix = "/a" })!.Apply(target, default)), iter: 5_000);

    [Fact]
    public void What_a_pattern_takes_over_stays_byte_for_byte() => Target.Check(target =>
    {
        var match = new RouteMatch([], RoutePatternFactory.Parse("/{**all}"));
        Assert.Equal(target, PathTransform.Of(new PathTransformOptions { Pattern = "/{all}" })!.Apply(target, match));
        Assert.Equal("/v1" + target, PathTransform.Of(new PathTransformOptions { Pattern = "/v1/{all}" })!.Apply(target, match));
    }, iter: 5_000);

    [Fact]
    public void Without_empty_segments_a_path_has_the_same_others() => Target.Check(path =>
    {
        var merged = RawTarget.MergeSlashes(path);
        Assert.DoesNotContain("//", merged, StringComparison.Ordinal);
        Assert.Equal(path.Split('/', StringSplitOptions.RemoveEmptyEntries), merged.Split('/', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((path[0], path[^1]), (merged[0], merged[^1]));
    }, iter: 5_000);

    [Fact]
    public void Dots_and_empty_segments_are_taken_out_in_any_order_unless_it_is_said() =>
        Target.Select(static target => target.Split('?')[0]).Where(static path => !RawTarget.HasDotsBehindEmptySegments(path)).Check(
            path => Assert.Equal(RawTarget.RemoveDotSegments(RawTarget.MergeSlashes(path)), RawTarget.MergeSlashes(RawTarget.RemoveDotSegments(path))), iter: 20_000);
}
