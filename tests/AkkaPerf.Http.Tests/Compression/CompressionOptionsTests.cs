using System.ComponentModel.DataAnnotations;
using AkkaPerf.Http.Compression;

namespace AkkaPerf.Http.Tests.Compression;

public sealed class CompressionOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new CompressionOptions();
        Assert.True(options.Enabled);
        Assert.Equal([ContentCoding.Zstd, ContentCoding.Br, ContentCoding.Gzip], options.Codings);
        Assert.Equal(1024, options.MinSize);
        Assert.Equal(CompressionEffort.Balanced, options.Effort);
        Assert.True(options.Adapt);
        Assert.Equal(CredentialedCompression.SameOrigin, options.Credentialed);
        Assert.Empty(FaultsOf(options));
    }

    [Fact]
    public void Codings_are_named_each_once_and_the_identity_never()
    {
        Assert.Equal(["Codings"], FaultsOf(new CompressionOptions { Codings = [] }));
        Assert.Equal(["Codings[0]"], FaultsOf(new CompressionOptions { Codings = [ContentCoding.Identity] }));
        Assert.Equal(["Codings[1]"], FaultsOf(new CompressionOptions { Codings = [ContentCoding.Br, ContentCoding.Br] }));
    }

    [Theory]
    [InlineData("text/html", true)]
    [InlineData("text/*", true)]
    [InlineData("application/*+json", true)]
    [InlineData("*/*", false)]
    [InlineData("*", false)]
    [InlineData("", false)]
    [InlineData("text", false)]
    [InlineData("text/", false)]
    [InlineData("/html", false)]
    [InlineData("text/html; charset=utf-8", false)]
    [InlineData("text/a/b", false)]
    public void A_type_is_a_name_with_one_asterisk_at_most(string type, bool isValid) =>
        Assert.Equal(isValid ? [] : ["Types[0]"], FaultsOf(new CompressionOptions { Types = [type] }));

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(1L << 30, true)]
    [InlineData((1L << 30) + 1, false)]
    public void The_least_size_has_a_range(long size, bool isValid) =>
        Assert.Equal(isValid ? [] : ["MinSize"], FaultsOf(new CompressionOptions { MinSize = size }));

    [Theory]
    [InlineData("text/html", true)]
    [InlineData("TEXT/HTML; charset=utf-8", true)]
    [InlineData("text/html;charset=utf-8", true)]
    [InlineData("text/x-anything", true)]
    [InlineData("text/", false)]
    [InlineData("text/event-stream", false)]
    [InlineData("application/json", true)]
    [InlineData("application/problem+json", true)]
    [InlineData("application/+json", false)]
    [InlineData("application/atom+xml ; type=feed", true)]
    [InlineData("image/svg+xml", true)]
    [InlineData("image/png", false)]
    [InlineData("application/grpc", false)]
    [InlineData("application/octet-stream", false)]
    [InlineData("", false)]
    [InlineData(";", false)]
    public void The_types_of_text_are_compressed(string contentType, bool isCompressed) =>
        Assert.Equal(isCompressed, new MediaTypes(new CompressionOptions().Types).Have(contentType));

    [Fact]
    public void An_event_stream_is_meant_only_in_so_many_words() =>
        Assert.True(new MediaTypes(["text/event-stream"]).Have("text/event-stream; charset=utf-8"));

    [Theory]
    [InlineData("application/grpc")]
    [InlineData("Application/gRPC; charset=x")]
    [InlineData("application/grpc+proto")]
    public void A_call_is_never_meant(string contentType) =>
        Assert.False(new MediaTypes(["application/*", "application/grpc", "application/grpc+proto"]).Have(contentType));

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(true, null, true)]
    [InlineData(false, null, false)]
    [InlineData(null, true, true)]
    [InlineData(null, false, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    public void A_route_has_the_last_word(bool? enabled, bool? routes, bool compresses) => Assert.Equal(
        compresses,
        ResponseCompression.Of(enabled is { } said ? new CompressionOptions { Enabled = said } : null, new RouteCompressionOptions { Enabled = routes }) is not null);

    private static IEnumerable<string> FaultsOf(CompressionOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return results.SelectMany(result => result.MemberNames);
    }
}
