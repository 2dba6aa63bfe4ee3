using System.Net;
using System.Net.Sockets;
using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Tests.Caching.Distributed;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Connections;

/// <summary>The pool on real sockets.</summary>
public sealed class TcpConnectionFactoryTests : Akka.TestKit.Xunit2.TestKit
{
    private readonly TcpConnectionFactory _factory = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public TcpConnectionFactoryTests()
    {
        _listener.Start();
    }

    private Uri Address => new($"tcp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    private Backend Backend => new("a", Address);

    [Fact]
    public async Task What_is_opened_carries_bytes_both_ways()
    {
        await using var connection = await _factory.OpenAsync(Backend, CancellationToken.None);
        using var other = await _listener.AcceptTcpClientAsync();
        await connection.WriteAsync("ping"u8.ToArray());
        var buffer = new byte[4];
        await other.GetStream().ReadExactlyAsync(buffer);
        Assert.Equal("ping"u8.ToArray(), buffer);
        Assert.True(await _factory.IsUsableAsync(connection, CancellationToken.None));

        await other.GetStream().WriteAsync(buffer);
        await connection.ReadExactlyAsync(buffer);
        Assert.True(await _factory.IsUsableAsync(connection, CancellationToken.None));
    }

    [Fact]
    public async Task A_connection_whose_other_side_has_gone_is_not_usable()
    {
        await using var connection = await _factory.OpenAsync(Backend, CancellationToken.None);
        (await _listener.AcceptTcpClientAsync()).Dispose();

        await UnusableAsync(connection);
    }

    [Fact]
    public async Task A_connection_with_bytes_that_nobody_asked_for_is_not_usable()
    {
        await using var connection = await _factory.OpenAsync(Backend, CancellationToken.None);
        using var other = await _listener.AcceptTcpClientAsync();
        await other.GetStream().WriteAsync("late"u8.ToArray());

        await UnusableAsync(connection);
    }

    [Fact]
    public async Task A_closed_connection_is_not_usable()
    {
        var connection = await _factory.OpenAsync(Backend, CancellationToken.None);
        await _factory.CloseAsync(connection);

        Assert.False(await _factory.IsUsableAsync(connection, CancellationToken.None));
        using var other = await _listener.AcceptTcpClientAsync();
        Assert.Equal(0, await other.GetStream().ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task Where_nobody_listens_the_open_fails()
    {
        var backend = Backend;
        _listener.Stop();

        await Assert.ThrowsAsync<SocketException>(async () => await _factory.OpenAsync(backend, CancellationToken.None));
    }

    [Fact]
    public async Task A_cancelled_open_ends()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _factory.OpenAsync(Backend, cancelled.Token));
    }

    [Theory]
    [InlineData("http://127.0.0.1:80")]
    [InlineData("tcp://127.0.0.1")]
    [InlineData("akkaperf:default")]
    public async Task Other_addresses_are_refused(string address)
    {
        var backend = new Backend("a", new Uri(address));

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _factory.OpenAsync(backend, CancellationToken.None));
    }

    [Fact]
    public async Task A_pool_replaces_connections_that_died_while_idle()
    {
        var time = new FakeTimeProvider();
        await using var pool = ConnectionPool.Start(Sys, "tcp", _factory, Address, new ConnectionOptions(), time);
        NetworkStream first;
        using (var lease = await pool.AcquireAsync())
        {
            first = lease.Connection;
        }

        (await _listener.AcceptTcpClientAsync()).Dispose();
        await UnusableAsync(first);
        await Until.So(() => pool.Snapshot.Idle == 1);
        time.Advance(TimeSpan.FromSeconds(1));

        using var second = await pool.AcquireAsync();
        Assert.NotSame(first, second.Connection);
        Assert.True(await _factory.IsUsableAsync(second.Connection, CancellationToken.None));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _listener.Dispose();
    }

    private async Task UnusableAsync(NetworkStream connection)
    {
        // What the other side did arrives when the system brings it.
        await Until.So(() => connection.Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));
        Assert.False(await _factory.IsUsableAsync(connection, CancellationToken.None));
    }
}
