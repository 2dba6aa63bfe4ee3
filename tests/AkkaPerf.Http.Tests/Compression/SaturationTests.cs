using AkkaPerf.Http.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Compression;

/// <summary>What becomes of bodies when the process has no CPU to spare.</summary>
public sealed class SaturationTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ResponseCompression _compression;
    private TimeSpan _used;

    public SaturationTests()
    {
        var options = new CompressionOptions { Effort = CompressionEffort.Fast };
        _compression = new ResponseCompression(new Compressor(options, new CompressionLevels(options.Effort, () => _used, _time, cores: 1)), options.Credentialed);
    }

    [Fact]
    public void A_body_passes_as_it_is_and_would_not_otherwise()
    {
        Assert.NotNull(Begin("br", out _));
        Saturate();
        Assert.Null(Begin("br", out var head));
        Assert.Equal(0, head.ContentEncoding.Count);
        Assert.Equal("Accept-Encoding", head.Vary);
        Assert.Equal("\"abc\"", head.ETag);
        Relax();
        Assert.NotNull(Begin("br", out head));
        Assert.Equal("br", head.ContentEncoding);
    }

    [Fact]
    public void Who_refuses_it_as_it_is_gets_it_coded_all_the_same()
    {
        Saturate();
        Assert.NotNull(Begin("br, identity;q=0", out var head));
        Assert.Equal("br", head.ContentEncoding);
    }

    [Fact]
    public async Task What_is_kept_is_not_encoded_now()
    {
        var bodies = new EncodedBodies(Texts.Of(5000), _compression.Work);
        Saturate();
        Assert.Null(await bodies.EncodeAsync(ContentCoding.Br, CancellationToken.None));
        Relax();
        Assert.NotNull(await bodies.EncodeAsync(ContentCoding.Br, CancellationToken.None));
    }

    private CodedBody? Begin(string accepts, out IHeaderDictionary head)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.AcceptEncoding = accepts;
        head = context.Response.Headers;
        head.ContentType = "text/plain";
        head.ETag = "\"abc\"";
        return _compression.Begin(context, length: 5000);
    }

    private void Saturate() => Pass(TimeSpan.FromSeconds(1), share: 1);

    private void Relax() => Pass(TimeSpan.FromSeconds(3), share: 0);

    private void Pass(TimeSpan time, double share)
    {
        _used += time * share;
        _time.Advance(time);
    }
}
