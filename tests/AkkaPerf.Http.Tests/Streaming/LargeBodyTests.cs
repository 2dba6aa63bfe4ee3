using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>Bodies far larger than the memory they may take.</summary>
public sealed class LargeBodyTests
{
    private const long Size = 1024L * 1024 * 1024;
    private const int Chunk = 64 * 1024;

    // What all buffers of both servers and of the test itself may add up to.
    private const long Memory = 32L * 1024 * 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_gibibyte_each_way_takes_constant_memory(bool isHttp2)
    {
        var peak = 0L;
        await using var origin = await Origin.StartAsync(async context =>
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                await context.Response.WriteAsync($"{await CountAsync(context.Request.Body, _ => Look())}");
                return;
            }

            context.Response.ContentLength = Size;
            var chunk = new byte[Chunk];
            for (var sent = 0L; sent < Size; sent += Chunk)
            {
                await context.Response.Body.WriteAsync(chunk);
            }
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = new HttpClient { BaseAddress = isHttp2 ? proxy.Http2Address : proxy.Address };
        var start = GC.GetTotalMemory(forceFullCollection: true);
        if (isHttp2)
        {
            client.DefaultRequestVersion = System.Net.HttpVersion.Version20;
            client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        using (var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(Size, await CountAsync(await response.Content.ReadAsStreamAsync(), _ => Look()));
        }

        using (var response = await client.PostAsync("/", new PushContent(Size)))
        {
            Assert.Equal($"{Size}", await response.Content.ReadAsStringAsync());
        }

        await proxy.IdleAsync();
        Assert.InRange(peak - start, long.MinValue, Memory);

        // What is alive: how much garbage may lie about differs from machine to machine.
        void Look()
        {
            GC.Collect();
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
        }
    }

    private static async Task<long> CountAsync(Stream body, Action<long> look)
    {
        const long Often = 64L * 1024 * 1024;
        var buffer = new byte[Chunk];
        var total = 0L;
        var next = Often;
        int count;
        while ((count = await body.ReadAsync(buffer)) > 0)
        {
            total += count;
            if (total >= next)
            {
                next += Often;
                look(total);
            }
        }

        return total;
    }

    private sealed class PushContent(long size) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            var chunk = new byte[Chunk];
            for (var sent = 0L; sent < size; sent += Chunk)
            {
                await stream.WriteAsync(chunk);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = size;
            return true;
        }
    }
}
