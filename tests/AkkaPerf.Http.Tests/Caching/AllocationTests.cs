using System.IO.Pipelines;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What a hit costs beyond its server.</summary>
public sealed class AllocationTests
{
    private const int Hits = 1000;
    private static readonly string Body = string.Concat(Enumerable.Repeat("all work and no play ", 500));

    [Theory]
    [InlineData("", 200)]
    [InlineData("Accept-Encoding: gzip, br", 200)]
    [InlineData("Accept-Encoding: identity", 200)]
    [InlineData("If-None-Match: \"b\"", 200)]
    [InlineData("If-Modified-Since: Mon, 23 Nov 2020 12:00:00 GMT", 304)]
    public async Task A_hit_allocates_nothing(string field, int status)
    {
        var route = new HttpRouteOptions();
        route.Use(new CompressionOptions { Adapt = false });
        await using var shop = await CachedShop.OpenAsync(
            static _ => CachedShop.Ok("Cache-Control: max-age=60|Content-Type: text/plain|ETag: \"a\"|Last-Modified: Mon, 23 Nov 2020 12:00:00 GMT|X-A: 1", Body), route: route);

        // Stored by the first, in its coding by the second.
        await shop.GetAsync(field);
        await shop.GetAsync(field);
        var endpoint = shop.Proxy.Services.GetRequiredService<EndpointDataSource>().Endpoints.Single(static one => one.DisplayName == "AkkaPerf pipeline shop");
        var context = ContextOf(field);
        Answer(endpoint.RequestDelegate!, context);
        Assert.Equal(status, context.Response.StatusCode);
        var known = Allocated(() => MalformedRequest.Is(context));
        var all = Allocated(() => Answer(endpoint.RequestDelegate!, context));

        // To go through the names of a server's fields takes an enumerator, which only the server could spare us.
        Assert.Equal(known, all);
        Assert.Equal(1, shop.Calls);
    }

    private static long Allocated(Action act)
    {
        for (var i = 0; i < Hits; i++)
        {
            act();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Hits; i++)
        {
            act();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Answer(RequestDelegate handle, HttpContext context)
    {
        context.Response.Headers.Clear();
        context.Response.StatusCode = 200;
        Assert.True(handle(context).IsCompletedSuccessfully);
    }

    private static DefaultHttpContext ContextOf(string field)
    {
        var context = new DefaultHttpContext();
        var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        (request.Method, request.Protocol, request.Scheme, request.Path, request.RawTarget) = ("GET", HttpProtocol.Http11, "http", "/", "/");
        context.Request.Headers.Host = "shop";
        if (field.Split(": ", 2) is [var name, var value])
        {
            context.Request.Headers[name] = value;
        }

        context.Features.Set<IHttpResponseFeature>(new HttpResponseFeature { Headers = new Fields() });
        context.Features.Set<IHttpResponseBodyFeature>(new Sink());
        return context;
    }

    /// <summary>A head that keeps a length as a number, as a server's does.</summary>
    private sealed class Fields : HeaderDictionary, IHeaderDictionary
    {
        long? IHeaderDictionary.ContentLength { get; set; }
    }

    private sealed class Sink : IHttpResponseBodyFeature
    {
        public Stream Stream => Stream.Null;

        public PipeWriter Writer { get; } = new Nowhere();

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }

    private sealed class Nowhere : PipeWriter
    {
        public override void Advance(int bytes) => throw new NotSupportedException();

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(new FlushResult(isCanceled: false, isCompleted: false));

        public override Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

        public override Span<byte> GetSpan(int sizeHint = 0) => throw new NotSupportedException();

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) => FlushAsync(cancellationToken);
    }
}
