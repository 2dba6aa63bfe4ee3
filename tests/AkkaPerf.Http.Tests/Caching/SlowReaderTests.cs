using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What a stored response costs while its client reads it slowly.</summary>
public sealed class SlowReaderTests
{
    private const int Slice = 64 * 1024;

    [Fact]
    public async Task A_large_hit_is_copied_no_faster_than_it_is_read()
    {
        var body = string.Concat(Enumerable.Range(0, (10 * Slice) + 1).Select(static i => (char)('a' + (i % 23))));
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok("Cache-Control: max-age=60", body));
        await shop.GetAsync("");
        var endpoint = shop.Proxy.Services.GetRequiredService<EndpointDataSource>().Endpoints.Single(static one => one.DisplayName == "AkkaPerf pipeline shop");
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
        var context = new DefaultHttpContext();
        var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        (request.Method, request.Protocol, request.Scheme, request.Path, request.RawTarget) = ("GET", HttpProtocol.Http11, "http", "/", "/");
        context.Request.Headers.Host = "shop";
        context.Features.Set<IHttpResponseBodyFeature>(new Sink(pipe.Writer));
        var answer = endpoint.RequestDelegate!(context);
        var got = 0;
        while (got < body.Length)
        {
            var read = await pipe.Reader.ReadAsync();
            Assert.InRange(read.Buffer.Length, 1, Slice);
            foreach (var part in read.Buffer)
            {
                foreach (var one in part.Span)
                {
                    Assert.Equal(body[got++], (char)one);
                }
            }

            pipe.Reader.AdvanceTo(read.Buffer.End);
        }

        await answer;
        Assert.Equal(1, shop.Calls);
    }

    private sealed class Sink(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => writer.AsStream();

        public PipeWriter Writer => writer;

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
