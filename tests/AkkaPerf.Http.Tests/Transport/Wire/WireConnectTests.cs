using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AkkaPerf.Connections;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Http.Transport.Wire;

namespace AkkaPerf.Http.Tests.Transport.Wire;

public abstract class WireConnectTests(bool usesEventLoops)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task A_connect_that_takes_too_long_is_given_up_as_one_that_failed()
    {
        using var port = new FullPort();
        var time = new StillTime();
        using var pool = new WirePool(port.Address, "", new ConnectionOptions { ConnectTimeout = Limit }, time, usesEventLoops);
        var sending = pool.SendAsync(Request(), CancellationToken.None).AsTask();
        await time.WaitedForAsync(Limit);
        time.Advance(Limit - TimeSpan.FromMilliseconds(1));
        Assert.False(sending.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(SendFailure.IsConnectFailure(await Assert.ThrowsAsync<TaskCanceledException>(() => sending)));
    }

    [Fact]
    public async Task Who_cancels_a_connect_is_told_so()
    {
        using var port = new FullPort();
        var time = new StillTime();
        using var pool = new WirePool(port.Address, "", new ConnectionOptions { ConnectTimeout = Limit }, time, usesEventLoops);
        using var leaving = new CancellationTokenSource();
        var sending = pool.SendAsync(Request(), leaving.Token).AsTask();
        await time.WaitedForAsync(Limit);
        Assert.False(sending.IsCompleted);
        await leaving.CancelAsync();
        var failure = await Assert.ThrowsAsync<TaskCanceledException>(() => sending);
        Assert.Equal((leaving.Token, false), (failure.CancellationToken, SendFailure.IsConnectFailure(failure)));
    }

    [Fact]
    public async Task A_name_that_is_nobodys_is_a_failed_connect()
    {
        using var pool = new WirePool(new Uri("http://nobody.invalid:80"), "", new ConnectionOptions(), TimeProvider.System, usesEventLoops);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => pool.SendAsync(Request(), CancellationToken.None).AsTask());
        Assert.Equal((HttpRequestError.NameResolutionError, true), (failure.HttpRequestError, SendFailure.IsConnectFailure(failure)));
    }

    [SkippableTheory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("::1", "[::1]")]
    public async Task An_address_of_either_family_or_a_name_is_reached(string listening, string host)
    {
        Skip.If(listening == "::1" && !Socket.OSSupportsIPv6, "There is no IPv6.");
        using var listener = new TcpListener(IPAddress.Parse(listening), 0);
        listener.Start();
        var address = new Uri($"http://{host}:{((IPEndPoint)listener.LocalEndpoint).Port}");
        using var pool = new WirePool(address, "", new ConnectionOptions(), TimeProvider.System, usesEventLoops);
        Assert.Equal(address.Authority, pool.Host);
        var sending = pool.SendAsync(Request(), CancellationToken.None).AsTask();
        using var backend = new RawConnection(await listener.AcceptSocketAsync());
        await backend.ReadHeadAsync();
        await backend.SendAsync("HTTP/1.1 204 No Content\r\n\r\n");
        using var response = await sending;
        Assert.Equal(204, response.StatusCode);
    }

    private static WireRequest Request()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(100);
        return new WireRequest(new ArraySegment<byte>(buffer, 0, Encoding.Latin1.GetBytes("GET / HTTP/1.1\r\nHost: shop\r\n\r\n", buffer)), IsHead: false);
    }

    /// <summary>A port that listens but takes nobody any more: whoever connects waits.</summary>
    private sealed class FullPort : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _waiting = [];

        public FullPort()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(backlog: 0);

            // Linux takes one more than it is told to.
            for (var i = 0; i < 3; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                _waiting.Add(socket);
                try
                {
                    socket.Connect(_listener.LocalEndPoint!);
                }
                catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
                {
                    // On its way.
                }
            }
        }

        public Uri Address => new($"http://{_listener.LocalEndPoint}");

        public void Dispose()
        {
            _listener.Dispose();
            _waiting.ForEach(static socket => socket.Dispose());
        }
    }
}
