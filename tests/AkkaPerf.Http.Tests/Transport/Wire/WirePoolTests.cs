using System.Buffers;
using System.Globalization;
using System.Text;
using AkkaPerf.Connections;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Http.Transport;
using AkkaPerf.Http.Transport.Wire;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Transport.Wire;

public abstract class WirePoolTests(bool usesEventLoops)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", true)]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "ok", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\nX-T: 1\r\n\r\n", "ok", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", true)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "", true)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "", true)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", "ok", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "ok", false)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "", false)]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "", true)]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", "", false)]
    [InlineData("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", "", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", "ok", false)]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "ok", false)]
    public async Task A_connection_is_used_again_if_nothing_speaks_against_it(string response, string body, bool isReused)
    {
        // Of what follows a response something comes with its last byte: nobody could know of what comes when the next request has been sent.
        var last = (isReused || response.LastIndexOf("HTTP/", StringComparison.Ordinal) == 0 ? response.Length : response.LastIndexOf("HTTP/", StringComparison.Ordinal)) - 1;

        // Every byte of its own, and all at once.
        foreach (var isSlow in new[] { false, true })
        {
            await using var server = new WireServer(async (connection, _) =>
            {
                while (true)
                {
                    await connection.ReadHeadAsync();
                    for (var i = 0; isSlow && i < last; i++)
                    {
                        await connection.SendAsync(response[i..(i + 1)]);
                    }

                    await connection.SendAsync(isSlow ? response[last..] : response);
                }
            });
            using var pool = Pool(server);
            for (var i = 1; i <= 3; i++)
            {
                Assert.Equal(body, await ReadAsync(pool));
                Assert.True(server.Connections <= i);
                if (!isSlow)
                {
                    Assert.Equal(isReused ? 1 : i, server.Connections);
                }
            }
        }
    }

    [Fact]
    public async Task What_follows_a_head_request_is_no_body()
    {
        await using var server = WireServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
        using var pool = Pool(server);
        for (var i = 0; i < 3; i++)
        {
            using var response = await pool.SendAsync(Request("HEAD"), CancellationToken.None);
            Assert.Equal(7, response.ContentLength);
            Assert.Equal(0, await response.Body.ReadAsync(new byte[10]));
        }

        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_was_closed_while_idle_costs_no_request(bool isReset)
    {
        var closed = new SemaphoreSlim(0);
        await using var server = new WireServer(async (connection, number) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Ok);
            if (number == 1)
            {
                if (isReset)
                {
                    connection.Abort();
                }
                else
                {
                    connection.Dispose();
                }

                closed.Release();
            }
        });
        using var pool = Pool(server);
        Assert.Equal("ok", await ReadAsync(pool));
        await closed.WaitAsync();
        Assert.Equal("ok", await ReadAsync(pool));
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_breaks_when_it_is_used_again_has_its_request_sent_once_more(bool isReset)
    {
        await using var server = new WireServer(async (connection, number) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Ok);
            await connection.ReadHeadAsync();
            if (isReset)
            {
                connection.Abort();
            }
            else
            {
                connection.Close();
            }
        });
        using var pool = Pool(server);
        Assert.Equal("ok", await ReadAsync(pool));
        Assert.Equal("ok", await ReadAsync(pool));
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 20", HttpRequestError.ResponseEnded)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", HttpRequestError.ResponseEnded)]
    [InlineData("nonsense\r\n\r\n", HttpRequestError.InvalidResponse)]
    public async Task What_has_begun_to_be_answered_is_not_sent_once_more(string begun, HttpRequestError error)
    {
        var heads = 0;
        await using var server = new WireServer(async (connection, _) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Ok);
            await connection.ReadHeadAsync();
            Interlocked.Increment(ref heads);
            await connection.SendAsync(begun);
            connection.Close();
        });
        using var pool = Pool(server);
        Assert.Equal("ok", await ReadAsync(pool));
        Assert.Equal(error, (await Assert.ThrowsAsync<HttpRequestException>(() => ReadAsync(pool))).HttpRequestError);
        Assert.Equal((1, 1, 0), (server.Connections, heads, pool.Idle));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200")]
    public async Task A_connection_that_breaks_at_its_first_request_fails_it(string begun)
    {
        await using var server = new WireServer(async (connection, _) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(begun);
            connection.Close();
        });
        using var pool = Pool(server);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => ReadAsync(pool));
        Assert.Equal((HttpRequestError.ResponseEnded, true), (failure.HttpRequestError, SendFailure.IsBrokenOff(failure)));
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX: ", HttpRequestError.ConfigurationLimitExceeded)]
    [InlineData("nonsense\r\n\r\n", HttpRequestError.InvalidResponse)]
    public async Task A_head_that_is_none_or_too_long_fails(string begun, HttpRequestError error)
    {
        await using var server = new WireServer(async (connection, _) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(begun);
            await connection.SendAsync(new string('x', 100_000));
        });
        using var pool = Pool(server);
        Assert.Equal(error, (await Assert.ThrowsAsync<HttpRequestException>(() => ReadAsync(pool))).HttpRequestError);
        Assert.Equal(0, pool.Idle);
    }

    [Fact]
    public async Task A_long_head_passes()
    {
        var value = new string('x', 60_000);
        await using var server = WireServer.Answering($"HTTP/1.1 200 OK\r\nX-Long: {value}\r\nContent-Length: 2\r\n\r\nok");
        using var pool = Pool(server);
        using var response = await pool.SendAsync(Request("GET"), CancellationToken.None);
        Assert.Equal(value, response["X-Long"]);
        Assert.True(response.TryTakeWhole(out var whole));
        Assert.Equal("ok", Encoding.Latin1.GetString(whole));
    }

    [Theory]
    [InlineData("Content-Length: 100", "part")]
    [InlineData("Transfer-Encoding: chunked", "4\r\npart\r\n")]
    [InlineData("Transfer-Encoding: chunked", "4\r\npart\r\n0\r\n")]
    public async Task A_body_that_breaks_off_fails(string framing, string body)
    {
        await using var server = new WireServer(async (connection, _) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n{body}");
            connection.Close();
        });
        using var pool = Pool(server);
        Assert.Equal(HttpRequestError.ResponseEnded, (await Assert.ThrowsAsync<HttpIOException>(() => ReadAsync(pool))).HttpRequestError);
        Assert.Equal(0, pool.Idle);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart")]
    public async Task Who_cancels_closes_the_connection(string begun)
    {
        var isClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var leaving = new CancellationTokenSource();
        await using var server = new WireServer(async (connection, _) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(begun);
            await leaving.CancelAsync();
            await Record.ExceptionAsync(connection.CountToEndAsync);
            isClosed.SetResult();
        });
        using var pool = Pool(server);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadAsync(pool, leaving.Token));
        await isClosed.Task;
        Assert.Equal(0, pool.Idle);
    }

    [Fact]
    public async Task A_body_that_nobody_reads_closes_its_connection_unless_all_of_it_is_here()
    {
        await using var server = new WireServer(async (connection, number) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(number == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart" : Ok);
            await connection.ReadHeadAsync();
        });
        using var pool = Pool(server);
        (await pool.SendAsync(Request("GET"), CancellationToken.None)).Dispose();
        Assert.Equal(0, pool.Idle);
        (await pool.SendAsync(Request("GET"), CancellationToken.None)).Dispose();
        Assert.Equal(1, pool.Idle);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Content-Length: 0\r\n")]
    public async Task Who_switches_protocols_unasked_is_not_asked_again(string length)
    {
        await using var server = WireServer.Answering($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n{length}\r\n");
        using var pool = Pool(server);
        for (var i = 1; i <= 2; i++)
        {
            using (var response = await pool.SendAsync(Request("GET"), CancellationToken.None))
            {
                Assert.Equal(101, response.StatusCode);
            }

            Assert.Equal((i, 0), (server.Connections, pool.Idle));
        }
    }

    [Theory]
    [InlineData("idle")]
    [InlineData("life")]
    [InlineData("pool")]
    public async Task An_idle_connection_is_closed_in_time(string what)
    {
        var time = new FakeTimeProvider();
        await using var server = WireServer.AnsweringOnce(Ok, out var closed);
        var options = new ConnectionOptions { IdleTimeout = TimeSpan.FromSeconds(what == "idle" ? 8 : 100), MaxLifetime = TimeSpan.FromSeconds(what == "life" ? 8 : 100) };
        using var pool = new WirePool(server.Address, "", options, time, usesEventLoops);
        Assert.Equal("ok", await ReadAsync(pool));
        time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(1, pool.Idle);
        if (what == "pool")
        {
            pool.Dispose();
        }
        else
        {
            time.Advance(TimeSpan.FromSeconds(25));
        }

        Assert.Equal(0, pool.Idle);
        await closed;
    }

    [Theory]
    [InlineData("idle")]
    [InlineData("life")]
    public async Task An_old_connection_is_not_used_again_though_nobody_has_closed_it_yet(string what)
    {
        var time = new Clock();
        await using var server = WireServer.Answering(Ok);
        var options = new ConnectionOptions { IdleTimeout = TimeSpan.FromSeconds(what == "idle" ? 8 : 100), MaxLifetime = TimeSpan.FromSeconds(what == "life" ? 8 : 100) };
        using var pool = new WirePool(server.Address, "", options, time, usesEventLoops);
        Assert.Equal("ok", await ReadAsync(pool));

        time.Now = TimeSpan.FromSeconds(8);
        Assert.Equal("ok", await ReadAsync(pool));
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task A_backend_that_cannot_be_reached_is_a_failed_connect()
    {
        using var closed = new ClosedPort();
        using var pool = new WirePool(closed.Address, "", new ConnectionOptions(), TimeProvider.System, usesEventLoops);
        Assert.True(SendFailure.IsConnectFailure(await Assert.ThrowsAsync<HttpRequestException>(() => ReadAsync(pool))));
    }

    [Fact]
    public async Task Each_gets_its_own_response_however_many_ask()
    {
        await using var server = new WireServer(async (connection, _) =>
        {
            while (true)
            {
                var number = (await connection.ReadHeadAsync()).Split(' ')[1];
                await connection.SendAsync($"HTTP/1.1 200 OK\r\nX-N: {number}\r\nContent-Length: {number.Length}\r\n\r\n{number}");
            }
        });
        using var pool = Pool(server);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                var target = string.Create(CultureInfo.InvariantCulture, $"/{worker}/{i}");
                using var response = await pool.SendAsync(Request("GET", target), CancellationToken.None);
                Assert.Equal((target, target), ((string?)response["X-N"], await ReadAsync(response, CancellationToken.None)));
            }
        })));
        Assert.InRange(server.Connections, 1, 8);
    }

    private WirePool Pool(WireServer server) => new(server.Address, "", new ConnectionOptions(), TimeProvider.System, usesEventLoops);

    private static WireRequest Request(string method, string target = "/")
    {
        var text = $"{method} {target} HTTP/1.1\r\nHost: shop\r\n\r\n";
        var buffer = ArrayPool<byte>.Shared.Rent(text.Length);
        return new WireRequest(new ArraySegment<byte>(buffer, 0, Encoding.Latin1.GetBytes(text, buffer)), method == "HEAD");
    }

    private static async Task<string> ReadAsync(WirePool pool, CancellationToken cancellationToken = default)
    {
        using var response = await pool.SendAsync(Request("GET"), cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    private static async Task<string> ReadAsync(BackendResponse response, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        await response.Body.CopyToAsync(all, cancellationToken);
        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>A clock whose timers are late.</summary>
    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
