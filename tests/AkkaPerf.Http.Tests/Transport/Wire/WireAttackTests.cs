using System.Buffers;
using System.Globalization;
using System.Text;
using AkkaPerf.Connections;
using AkkaPerf.Http.Transport;
using AkkaPerf.Http.Transport.Wire;

namespace AkkaPerf.Http.Tests.Transport.Wire;

/// <summary>Backends that mean harm, or are broken: nobody gets what was another's, nothing that is not whole passes as if it were, and nothing goes on for ever.</summary>
public sealed class WireAttackTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: 1\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task A_response_that_ends_at_any_byte_before_its_last_is_an_error(string response)
    {
        var length = 0;
        await using var server = new WireServer(async (connection, _) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(response[..length]);
            connection.Close();
            await connection.ReadToEndAsync();
        });
        for (; length < response.Length; length++)
        {
            using var pool = Pool(server);
            var failure = await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(pool));
            Assert.True(failure is HttpRequestException or IOException, $"{length}: {failure}");
            Assert.Equal(0, pool.Idle);
        }

        using var last = Pool(server);
        Assert.Equal("hello", await AskAsync(last));
    }

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")]
    public async Task Who_says_for_ever_that_it_will_answer_is_not_waited_for(string interim)
    {
        var flood = string.Concat(Enumerable.Repeat(interim, 100));
        var isClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new WireServer(async (connection, _) =>
        {
            await connection.ReadHeadAsync();
            try
            {
                while (true)
                {
                    await connection.SendAsync(flood);
                }
            }
            catch (IOException)
            {
                isClosed.SetResult();
            }
        });
        using var pool = Pool(server);
        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, (await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(pool))).HttpRequestError);
        await isClosed.Task;
    }

    [Fact]
    public async Task A_hundred_interim_responses_pass_and_the_next_exchange_may_have_as_many()
    {
        await using var server = WireServer.Answering(string.Concat(Enumerable.Repeat("HTTP/1.1 102 Processing\r\nX: " + new string('x', 500) + "\r\n\r\n", 100)) + Ok);
        using var pool = Pool(server);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("ok", await AskAsync(pool));
        }

        Assert.Equal(1, server.Connections);
    }

    // The bytes of a body where there is none are another response to whoever would be next.
    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 44\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    public async Task A_body_where_there_is_none_is_nobodys_response(string method, string head)
    {
        await using var server = WireServer.Answering(head + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        using var pool = Pool(server);
        for (var i = 1; i <= 3; i++)
        {
            using (var response = await pool.SendAsync(Request("/", method), CancellationToken.None))
            {
                Assert.Equal(0, await response.Body.ReadAsync(new byte[10]));
                Assert.Null((string?)response["X-Evil"]);
            }

            Assert.Equal((i, 0), (server.Connections, pool.Idle));
        }
    }

    [Theory]
    [InlineData("Content-Length: 999999999999999999\r\n\r\nhello")]
    [InlineData("Content-Length: 6\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: 1\r\n")]
    public async Task A_body_of_whatever_length_that_ends_before_it_is_broken_off(string rest)
    {
        await using var server = new WireServer(async (connection, _) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\n" + rest);
            connection.Close();
        });
        using var pool = Pool(server);
        using var response = await pool.SendAsync(Request("/"), CancellationToken.None);
        Assert.False(response.TryTakeWhole(out _));
        await response.Body.ReadExactlyAsync(new byte[5]);
        Assert.Equal(HttpRequestError.ResponseEnded, (await Assert.ThrowsAsync<HttpIOException>(async () => await response.Body.ReadExactlyAsync(new byte[1]))).HttpRequestError);
    }

    [Theory]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("5;\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("10000000000000005\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nX\r\n\r\n")]
    public async Task Chunks_that_are_none_close_the_connection(string chunks)
    {
        await using var server = WireServer.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        using var pool = Pool(server);
        var failure = await Assert.ThrowsAsync<HttpIOException>(() => AskAsync(pool));
        Assert.Equal((HttpRequestError.InvalidResponse, 0), (failure.HttpRequestError, pool.Idle));
    }

    [Fact]
    public async Task A_kept_connection_that_breaks_while_its_next_request_is_being_written_has_it_sent_once_more()
    {
        // More than both ends buffer.
        var request = new byte[32 * 1024 * 1024];
        await using var server = new WireServer(async (connection, number) =>
        {
            if (number == 1)
            {
                await connection.ReadHeadAsync();
                await connection.SendAsync(Ok);
                await connection.SkipAsync(100);
                connection.Abort();
                return;
            }

            await connection.SkipAsync(request.Length);
            await connection.SendAsync(Ok);
        });
        using var pool = Pool(server);
        Assert.Equal("ok", await AskAsync(pool));
        using var response = await pool.SendAsync(new WireRequest(request, IsHead: false), CancellationToken.None);
        Assert.Equal((200, 2), (response.StatusCode, server.Connections));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whoever_cancels_at_any_moment_leaves_the_others_theirs(int seed)
    {
        await using var server = new WireServer(async (connection, _) =>
        {
            while (true)
            {
                var target = (await connection.ReadHeadAsync()).Split(' ')[1];
                var body = target + new string('x', target.Length % 7 * 3_000);
                await connection.SendAsync(target.Length % 2 == 0
                    ? $"HTTP/1.1 200 OK\r\nX-N: {target}\r\nContent-Length: {body.Length}\r\n\r\n{body}"
                    : $"HTTP/1.1 200 OK\r\nX-N: {target}\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n");
            }
        });
        using var pool = Pool(server);
        var (whole, cancelled) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            var random = new Random((seed * 100) + worker);
            for (var i = 0; i < 150; i++)
            {
                using var leaving = new CancellationTokenSource();
                var target = string.Create(CultureInfo.InvariantCulture, $"/{worker}/{i}/{new string('p', i % 10)}");
                var spins = random.Next(20_000);
                var leave = Task.Run(async () =>
                {
                    Thread.SpinWait(spins);
                    if (spins % 3 > 0)
                    {
                        await leaving.CancelAsync();
                    }
                });
                try
                {
                    using var response = await pool.SendAsync(Request(target), leaving.Token);
                    Assert.Equal(target, (string?)response["X-N"]);
                    Assert.StartsWith(target, await ReadAsync(response, leaving.Token), StringComparison.Ordinal);
                    Interlocked.Increment(ref whole);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref cancelled);
                }

                await leave;
            }
        })));
        Assert.Equal(900, whole + cancelled);
        Assert.InRange(whole, 300, 900);
        Assert.InRange(pool.Idle, 0, 6);
    }

    private static WirePool Pool(WireServer server) => new(server.Address, "", new ConnectionOptions(), TimeProvider.System);

    private static WireRequest Request(string target, string method = "GET")
    {
        var text = $"{method} {target} HTTP/1.1\r\nHost: shop\r\n\r\n";
        var buffer = ArrayPool<byte>.Shared.Rent(text.Length);
        return new WireRequest(new ArraySegment<byte>(buffer, 0, Encoding.Latin1.GetBytes(text, buffer)), method == "HEAD");
    }

    private static async Task<string> AskAsync(WirePool pool)
    {
        using var response = await pool.SendAsync(Request("/"), CancellationToken.None);
        return await ReadAsync(response, CancellationToken.None);
    }

    private static async Task<string> ReadAsync(BackendResponse response, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        await response.Body.CopyToAsync(all, cancellationToken);
        return Encoding.Latin1.GetString(all.ToArray());
    }
}
