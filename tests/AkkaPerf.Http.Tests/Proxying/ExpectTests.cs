using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Proxying;

/// <summary>A client that asks whether its body is wanted (RFC 9110, section 10.1.1).</summary>
public sealed class ExpectTests
{
    private const string Ask = "POST / HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";

    // One of up to 1 KiB the transport sends all the same over HTTP/1.1, rather than give up the connection.
    [Fact]
    public async Task A_body_that_is_not_wanted_is_not_sent()
    {
        var rest = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
            rest.SetResult(await connection.ReadToEndAsync());
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask.Replace("Content-Length: 5", "Content-Length: 5000", StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 403 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadThroughAsync("no");
        Assert.Contains("Expect: 100-continue\r\n", Assert.Single(origin.Heads), StringComparison.Ordinal);
        await proxy.IdleAsync();

        // That connection is of no further use: nobody knows whether a body follows.
        Assert.Equal("", await rest.Task);
    }

    [Fact]
    public async Task Leave_is_given_when_the_backend_gives_it()
    {
        var mayGo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isGiven = false;
        await using var origin = RawOrigin.Start(async connection =>
        {
            await mayGo.Task;
            isGiven = true;
            await connection.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await connection.ReadThroughAsync("hello");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask);
        var head = client.ReadHeadAsync();
        await Until.TrueAsync(() => !origin.Heads.IsEmpty, "the backend is asked");
        mayGo.SetResult();
        Assert.StartsWith("HTTP/1.1 100 ", await head, StringComparison.Ordinal);
        Assert.True(isGiven);
        await client.SendAsync("hello");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadThroughAsync("ok");
        await proxy.IdleAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_http_2_to_the_backend_it_is_the_same(bool isWanted)
    {
        var got = -1L;
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                if (!isWanted)
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    return;
                }

                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                got = body.Length;
            },
            isHttp2: true);
        await using var proxy = await Proxy.ToAsync("", http => http.BackendHttp = BackendHttp.Http2, origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask);
        var head = await client.ReadHeadAsync();
        if (isWanted)
        {
            Assert.StartsWith("HTTP/1.1 100 ", head, StringComparison.Ordinal);
            await client.SendAsync("hello");
            head = await client.ReadHeadAsync();
        }

        Assert.StartsWith($"HTTP/1.1 {(isWanted ? 200 : 403)} ", head, StringComparison.Ordinal);
        await proxy.IdleAsync();
        Assert.Equal(isWanted ? 5 : -1, got);
    }
}
