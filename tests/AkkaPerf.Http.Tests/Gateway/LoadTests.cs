using System.Collections.Concurrent;
using System.Net;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>Many requests at once over HTTP/2, from a client that is not of this platform.</summary>
public sealed class LoadTests
{
    private const int Requests = 3000;
    private const int Connections = 16;
    private const int Streams = 32;
    private const string Missing = "There is no h2load on the path: apt-get install nghttp2-client.";

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_of_many_streams_gets_its_whole_body(bool isHttp2Backend)
    {
        const int Looks = 100;
        Skip.If(H2Load.Executable is null, Missing);
        var body = Bytes(10_007);
        var served = 0;
        var strangers = new ConcurrentQueue<string>();
        await using var origin = await Origin.StartAsync(
            context =>
            {
                // Others of this machine may still be after who had this port before.
                if (context.Request.Headers["X-Forwarded-Proto"] != "http" || context.Request.Path != "/")
                {
                    strangers.Enqueue($"{context.Request.Method} {context.Request.Path} {context.Request.Headers.UserAgent}");
                }

                Interlocked.Increment(ref served);
                context.Response.ContentLength = body.Length;
                return context.Response.Body.WriteAsync(body).AsTask();
            },
            isHttp2Backend);
        await using var gateway = Start(origin, isHttp2Backend);
        await gateway.StartedAsync();
        var loading = H2Load.RunAsync(gateway.Address, Requests, Connections, Streams);

        // It counts bytes and does not look at them: whoever asks meanwhile does.
        using var client = new HttpClient
        {
            BaseAddress = gateway.Address,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        for (var i = 0; i < Looks; i++)
        {
            Assert.Equal(body, await client.GetByteArrayAsync("/"));
        }

        (await loading).AssertWhole(Requests, body.Length);
        Assert.Empty(strangers);
        Assert.Equal(Requests + Looks, served);
        await gateway.IdleAsync("shop");
        Assert.Equal("", gateway.Errors);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_of_many_streams_sends_its_whole_body(bool isHttp2Backend)
    {
        Skip.If(H2Load.Executable is null, Missing);
        var body = Bytes(20_011);
        var whole = 0;
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                using var received = new MemoryStream(body.Length);
                await context.Request.Body.CopyToAsync(received);
                if (received.ToArray().AsSpan().SequenceEqual(body))
                {
                    Interlocked.Increment(ref whole);
                }

                received.Position = 0;
                await received.CopyToAsync(context.Response.Body);
            },
            isHttp2Backend);
        await using var gateway = Start(origin, isHttp2Backend);
        await gateway.StartedAsync();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, body);
            (await H2Load.RunAsync(gateway.Address, Requests, Connections, Streams, file)).AssertWhole(Requests, body.Length);
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal(Requests, whole);
        await gateway.IdleAsync("shop");
        Assert.Equal("", gateway.Errors);
    }

    // Until the server's limit is known, a client of nghttp2 takes it to be 100.
    [SkippableTheory]
    [InlineData(100)]
    [InlineData(150)]
    public async Task A_connection_has_as_many_streams_at_once_as_its_limit_says(int limit)
    {
        const int Wanted = 250;
        Skip.If(H2Load.Executable is null, Missing);
        var (inside, most) = (0, 0);
        var gate = new Lock();
        var isFull = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            Enter();
            await isFull.Task;
            await context.Response.WriteAsync("ok");
            lock (gate)
            {
                inside--;
            }
        });
        await using var gateway = Start(
            origin,
            isHttp2Backend: false,
            $"akkaperf {{ gateway.limits.streams-per-connection = {limit}, pipelines.shop {{ throttle.concurrency = 300, connections.max-per-backend = 300 }} }}");
        await gateway.StartedAsync();
        (await H2Load.RunAsync(gateway.Address, Requests, connections: 1, Wanted)).AssertWhole(Requests, "ok".Length);
        Assert.Equal(limit, most);
        await gateway.IdleAsync("shop");

        void Enter()
        {
            lock (gate)
            {
                most = Math.Max(most, ++inside);
                if (inside == limit)
                {
                    isFull.TrySetResult();
                }
            }
        }
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private static GatewayProcess Start(Origin origin, bool isHttp2Backend, string hocon = "") => GatewayProcess.Start(
        $$"""
        akkaperf {
          gateway {
            listen = ["h2c://127.0.0.1:0"], admin.listen = "http://127.0.0.1:0"
            backend-http = {{(isHttp2Backend ? "http2" : "http1")}}
            routes = [{ match = "/{**path}", pipeline = shop }]
          }
          pipelines.shop { backends = [{ id = a, address = "{{origin.Address.GetLeftPart(UriPartial.Authority)}}" }], health.enabled = off, cache.enabled = off }
        }
        {{hocon}}
        """,
        "--config",
        "$FILE");
}
