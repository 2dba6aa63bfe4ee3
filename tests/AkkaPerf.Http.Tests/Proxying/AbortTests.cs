using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Proxying;

/// <summary>Ends that are no ends: each is told to the other side as what it is.</summary>
public sealed class AbortTests
{
    private static readonly (string Name, string Value)[] Get = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "shop")];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_client_that_goes_cancels_its_call_and_gives_everything_back(bool isHttp2, bool isBackendHttp2)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isBrokenOff = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                using (context.RequestAborted.Register(isBrokenOff.SetResult))
                {
                    begun.SetResult();
                    await isBrokenOff.Task;
                }
            },
            isBackendHttp2);
        await using var proxy = await Proxy.ToAsync("", http => http.BackendHttp = isBackendHttp2 ? BackendHttp.Http2 : BackendHttp.Auto, origin.Address);
        if (isHttp2)
        {
            using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
            await client.SendHeadersAsync(1, isEnd: true, Get);
            await begun.Task;

            // Of this stream alone: the connection stays.
            await client.SendAsync(new Http2Frame(Http2Frame.Reset, Flags: 0, Stream: 1, [0, 0, 0, 8]));
            await isBrokenOff.Task;
            await proxy.IdleAsync();
        }
        else
        {
            using var client = await RawConnection.OpenAsync(proxy.Address);
            await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
            await begun.Task;
            client.Abort();
            await isBrokenOff.Task;
            await proxy.IdleAsync();
        }

        Assert.Equal(0, proxy.Pipeline.Describe().Backends[0].Failed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backend_that_breaks_off_resets_a_stream_of_http_2(bool isBackendHttp2)
    {
        var mayBreak = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                if (context.Request.Path != "/")
                {
                    await context.Response.WriteAsync("well");
                    return;
                }

                await context.Response.WriteAsync("partial");
                await context.Response.Body.FlushAsync();
                await mayBreak.Task;
                context.Abort();
            },
            isBackendHttp2);
        await using var proxy = await Proxy.ToAsync("", http => http.BackendHttp = isBackendHttp2 ? BackendHttp.Http2 : BackendHttp.Auto, origin.Address);
        using var client = await RawHttp2.OpenAsync(proxy.Http2Address);
        await client.SendHeadersAsync(1, isEnd: true, Get);
        Assert.Equal(200, (await client.ReadOfAsync(1))!.ReadStatus());
        Assert.Equal("partial"u8.ToArray(), (await client.ReadOfAsync(1))!.Payload);
        mayBreak.SetResult();
        Assert.Equal(Http2Frame.Reset, (await client.ReadOfAsync(1))!.Type);

        // Of this stream alone: the connection stays.
        await client.SendHeadersAsync(3, isEnd: true, [Get[0], Get[1], (":path", "/other"), Get[3]]);
        Assert.Equal(200, (await client.ReadOfAsync(3))!.ReadStatus());
        await proxy.IdleAsync();
    }

    // The server takes the end of what a client of HTTP/1.1 says for the client's own.
    [Fact]
    public async Task A_client_that_says_no_more_is_taken_to_have_gone()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isBrokenOff = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            using (context.RequestAborted.Register(isBrokenOff.SetResult))
            {
                begun.SetResult();
                await isBrokenOff.Task;
            }
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
        await begun.Task;
        client.Close();
        await isBrokenOff.Task;
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_backend_that_says_no_more_but_still_listens_has_answered()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
            connection.Close();
            await connection.ReadToEndAsync();
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        Assert.Equal("hello", await proxy.Client.GetStringAsync("/"));
        await proxy.IdleAsync();
    }
}
