using System.Net;
using AkkaPerf.Http.Tests.Gateway;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>Bodies far larger than the memory that the gateway's process takes for them.</summary>
public sealed class LargeBodyTests
{
    private const long Size = 1024L * 1024 * 1024;

    // A quarter of one body. The peak of what is resident has the code that is made meanwhile, windows of HTTP/2 and garbage not yet collected in it.
    private const long Memory = Size / 4;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_gibibyte_each_way_takes_constant_memory(bool isHttp2)
    {
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                if (HttpMethods.IsPost(context.Request.Method))
                {
                    await context.Response.WriteAsync($"{await PatternBody.ReadAsync(context.Request.Body)}");
                    return;
                }

                context.Response.ContentLength = Size;
                await PatternBody.WriteAsync(context.Response.Body, Size);
            },
            isHttp2);
        await using var gateway = GatewayProcess.Start(
            $$"""
            akkaperf {
              gateway {
                listen = ["{{(isHttp2 ? "h2c" : "http")}}://127.0.0.1:0"], admin.listen = "http://127.0.0.1:0"
                backend-http = {{(isHttp2 ? "http2" : "http1")}}
                routes = [{ match = "/{**path}", pipeline = shop }]
              }
              pipelines.shop { backends = [{ id = a, address = "{{origin.Address.GetLeftPart(UriPartial.Authority)}}" }], health.enabled = off }
            }
            """,
            "--config",
            "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient
        {
            BaseAddress = gateway.Address,
            DefaultRequestVersion = isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var before = gateway.PeakMemory;
        using (var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(Size, await PatternBody.ReadAsync(await response.Content.ReadAsStreamAsync()));
        }

        var afterDownload = gateway.PeakMemory;
        using (var response = await client.PostAsync("/", new PatternBody(Size)))
        {
            Assert.Equal($"{Size}", await response.Content.ReadAsStringAsync());
        }

        // Nothing is asserted of the other end: the start may have taken more than all that followed, and the system counts by the processor, to some hundred kilobytes.
        var growths = (Download: afterDownload - before, Both: gateway.PeakMemory - before);
        Assert.True(growths.Download <= Memory && growths.Both <= Memory, $"It grew by {growths}.");
        await gateway.IdleAsync("shop");
        Assert.Equal("", gateway.Errors);
    }
}
