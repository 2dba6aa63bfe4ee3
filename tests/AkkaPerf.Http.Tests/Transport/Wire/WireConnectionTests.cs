using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AkkaPerf.Connections;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Http.Transport.Wire;

namespace AkkaPerf.Http.Tests.Transport.Wire;

public abstract class WireConnectionTests(bool usesEventLoops)
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")]
    [InlineData("\r\n")]
    [InlineData("")]
    public async Task What_comes_unasked_or_ends_while_idle_is_nobodys_response(string unasked)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var link = await Links.ConnectAsync((IPEndPoint)listener.LocalEndpoint, usesEventLoops);
        using var backend = new RawConnection(await listener.AcceptSocketAsync());
        using var pool = new WirePool(new Uri("http://shop/"), name: "", new ConnectionOptions(), TimeProvider.System);
        using var connection = new WireConnection(link, openedAt: 0, pool);
        for (var i = 0; i < 2; i++)
        {
            Assert.True(connection.TryBegin(CancellationToken.None));
            var exchange = connection.Call.SendAsync(Request(), isReused: true, CancellationToken.None).AsTask();
            await backend.ReadHeadAsync();
            await backend.SendAsync("HTTP/1.1 204 No Content\r\n\r\n");
            Assert.Equal(204, (await exchange).StatusCode);
            Assert.True(connection.Buffered.IsEmpty);
            connection.EndExchange();
        }

        if (unasked.Length > 0)
        {
            await backend.SendAsync(unasked);
        }
        else
        {
            backend.Close();
        }

        await Until.TrueAsync(connection.IsStale, "it is here");
        Assert.False(connection.TryBegin(CancellationToken.None));
    }

    // It may go on to answer what it is asked: that would be the next one's.
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 1")]
    public async Task Who_answers_before_it_is_asked_is_not_asked_again(string unasked)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var link = await Links.ConnectAsync((IPEndPoint)listener.LocalEndpoint, usesEventLoops);
        using var backend = new RawConnection(await listener.AcceptSocketAsync());
        await backend.SendAsync(unasked);
        using var pool = new WirePool(new Uri("http://shop/"), name: "", new ConnectionOptions(), TimeProvider.System);
        using var connection = new WireConnection(link, TimeProvider.System.GetTimestamp(), pool);
        await Until.TrueAsync(connection.IsStale, "it is here");

        // As a new one is begun.
        Assert.False(connection.TryBegin(CancellationToken.None));
        var exchange = connection.Call.SendAsync(Request(), isReused: false, CancellationToken.None).AsTask();
        if (unasked.Length < 20)
        {
            await backend.SendAsync("00 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }

        using (var response = await exchange)
        {
            Assert.Equal(2, await response.Body.ReadAsync(new byte[10]));
        }

        Assert.Equal(0, pool.Idle);
    }

    private static WireRequest Request()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(100);
        return new WireRequest(new ArraySegment<byte>(buffer, 0, Encoding.Latin1.GetBytes("GET / HTTP/1.1\r\nHost: shop\r\n\r\n", buffer)), IsHead: false);
    }
}
