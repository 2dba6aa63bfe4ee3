using System.Net;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Tests.Loopback;
using CsCheck;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Compression;

/// <summary>Entity tags on both sides of a proxy that compresses.</summary>
public sealed class ConditionTests
{
    [Theory]
    [InlineData("\"abc\"", ContentCoding.Br, "\"abc-br\"")]
    [InlineData("\"\"", ContentCoding.Gzip, "\"-gzip\"")]
    [InlineData("W/\"abc\"", ContentCoding.Br, "W/\"abc\"")]
    [InlineData("abc", ContentCoding.Br, "abc")]
    [InlineData("\"abc\"", ContentCoding.Identity, "\"abc\"")]
    public void A_strong_tag_ends_in_the_coding(string tag, ContentCoding coding, string coded) => Assert.Equal(coded, CodedTags.Suffixed(tag, coding));

    [Theory]
    [InlineData("\"abc-br\"", "\"abc-br\", \"abc\"")]
    [InlineData("W/\"abc-zstd\"", "W/\"abc-zstd\", W/\"abc\"")]
    [InlineData("\"x\", \"abc-gzip\", \"y-br\"", "\"x\", \"abc-gzip\", \"y-br\", \"abc\", \"y\"")]
    [InlineData("\"a,b-br\"", "\"a,b-br\", \"a,b\"")]
    [InlineData("\"abc\"", "\"abc\"")]
    [InlineData("\"-br\"", "\"-br\"")]
    [InlineData("*", "*")]
    [InlineData("abc-br", "abc-br")]
    [InlineData("\"abc-brr\"", "\"abc-brr\"")]
    public void The_backend_sees_its_own_tags_as_well(string sent, string seen)
    {
        IHeaderDictionary headers = new HeaderDictionary { ["If-None-Match"] = sent, ["If-Match"] = sent, ["If-Range"] = sent };
        CodedTags.AddOriginals(headers);
        Assert.Equal(seen, headers.IfNoneMatch);
        Assert.Equal(seen, headers.IfMatch);
        Assert.Equal(sent, headers.IfRange);
    }

    [Theory]
    [InlineData("\"abc-br\"", "\"abc\"", ContentCoding.Br, "\"abc-br\"")]
    [InlineData("\"abc-br\"", "\"abc\"", ContentCoding.Identity, "\"abc-br\"")]
    [InlineData("\"abc-br\", \"abc-gzip\"", "\"abc\"", ContentCoding.Gzip, "\"abc-gzip\"")]
    [InlineData("\"abc\"", "\"abc\"", ContentCoding.Br, "\"abc\"")]
    [InlineData("\"other-br\"", "\"abc\"", ContentCoding.Br, "\"abc\"")]
    [InlineData("W/\"abc-br\"", "\"abc\"", ContentCoding.Br, "\"abc-br\"")]
    [InlineData("\"abc-br\"", "W/\"abc\"", ContentCoding.Br, "W/\"abc\"")]
    [InlineData("*", "\"abc\"", ContentCoding.Br, "\"abc\"")]
    public void A_304_bears_the_tag_that_the_client_knows(string conditions, string tag, ContentCoding chosen, string told) =>
        Assert.Equal(told, CodedTags.OfNotModified(conditions, tag, chosen));

    [Fact]
    public void What_was_made_of_a_tag_leads_back_to_it()
    {
        var tag = Gen.String[Gen.Char['!', '~'].Where(c => c != '"'), 1, 20].Select(opaque => $"\"{opaque}\"");
        Gen.Select(tag, Gen.Int[1, 3]).Check((original, coding) =>
        {
            var coded = CodedTags.Suffixed(original, (ContentCoding)coding);
            IHeaderDictionary headers = new HeaderDictionary { ["If-None-Match"] = coded };
            CodedTags.AddOriginals(headers);
            Assert.Equal($"{coded}, {original}", headers.IfNoneMatch);
            Assert.Equal(coded, CodedTags.OfNotModified(headers.IfNoneMatch, original, (ContentCoding)coding));
        });
    }

    [Fact]
    public void No_condition_makes_it_throw() => Gen.String[Gen.Char["W/\"abc-brgzipstd, *\\"], 0, 60].Check(
        line =>
        {
            IHeaderDictionary headers = new HeaderDictionary { ["If-None-Match"] = line };
            CodedTags.AddOriginals(headers);
            Assert.StartsWith(line, headers.IfNoneMatch.ToString(), StringComparison.Ordinal);
            CodedTags.OfNotModified(headers.IfNoneMatch, "\"abc\"", ContentCoding.Br);
        },
        iter: 50_000);

    [Fact]
    public async Task A_client_asks_with_the_tag_of_what_it_has_and_hears_that_it_has_it_still()
    {
        await using var origin = await Origin.StartAsync(async context =>
        {
            context.Response.Headers.ETag = "\"abc\"";
            if (context.Request.Headers.IfNoneMatch.ToString().Contains("\"abc\"", StringComparison.Ordinal))
            {
                context.Response.StatusCode = 304;
                return;
            }

            context.Response.ContentType = "text/plain";
            await context.Response.Body.WriteAsync(Texts.Of(5000));
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var first = await PassThroughTests.AskAsync(proxy, "br");
        var tag = first.Headers.ETag!.ToString();
        Assert.Equal("\"abc-br\"", tag);
        using var second = await PassThroughTests.AskAsync(proxy, "br", ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Equal("\"abc-br\"", second.Headers.ETag!.ToString());
        Assert.Equal(["Accept-Encoding"], second.Headers.Vary);
        using var plain = await PassThroughTests.AskAsync(proxy, accepts: null, ("If-None-Match", "\"abc\""));
        Assert.Equal(HttpStatusCode.NotModified, plain.StatusCode);
        Assert.Equal("\"abc\"", plain.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task A_change_is_made_to_what_the_client_has_seen()
    {
        await using var origin = await Origin.StartAsync(context =>
        {
            var tags = context.Request.Headers.IfMatch.ToString().Split(", ");
            context.Response.StatusCode = tags.Contains("\"abc\"") ? 204 : 412;
            return Task.CompletedTask;
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        Assert.Equal(HttpStatusCode.NoContent, await PutAsync("\"abc-zstd\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await PutAsync("\"abd-zstd\""));

        async Task<HttpStatusCode> PutAsync(string tag)
        {
            using var message = new HttpRequestMessage(HttpMethod.Put, "/") { Content = new StringContent("new") };
            message.Headers.TryAddWithoutValidation("If-Match", tag);
            using var answer = await proxy.Client.SendAsync(message);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_part_of_the_body_as_it_is_does_not_go_with_a_compressed_one()
    {
        await using var origin = await Origin.StartAsync(context =>
        {
            context.Response.Headers.ETag = "\"abc\"";
            context.Response.ContentType = "text/plain";
            context.Response.StatusCode = context.Request.Headers.IfRange == "\"abc\"" ? 206 : 200;
            return context.Response.Body.WriteAsync(Texts.Of(5000)).AsTask();
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var answer = await PassThroughTests.AskAsync(proxy, "br", ("Range", "bytes=100-"), ("If-Range", "\"abc-br\""));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("\"abc\"", answer.Headers.ETag!.ToString());
        Assert.Equal(Texts.Of(5000), await answer.Content.ReadAsByteArrayAsync());
    }
}
