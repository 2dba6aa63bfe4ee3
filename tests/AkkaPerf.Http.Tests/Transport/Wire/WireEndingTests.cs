using System.Buffers;
using System.Text;
using AkkaPerf.Connections;
using AkkaPerf.Http.Transport.Wire;

namespace AkkaPerf.Http.Tests.Transport.Wire;

/// <summary>Whoever breaks a response off, wherever it is: its connection is closed, and nobody gets what was another's.</summary>
public sealed class WireEndingTests
{
    [Theory]
    [InlineData("Content-Length: 100\r\n\r\npart")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\npart")]
    [InlineData("\r\npart")]
    public async Task Who_disposes_of_a_body_that_is_being_read_closes_its_connection(string rest)
    {
        var isClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new WireServer(async (connection, _) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\n{rest}");
            await Record.ExceptionAsync(connection.CountToEndAsync);
            isClosed.SetResult();
        });
        using var pool = Pool(server);
        var response = await pool.SendAsync(Request(), CancellationToken.None);
        await response.Body.ReadExactlyAsync(new byte[4]);
        var read = response.Body.ReadAsync(new byte[4]);
        response.Dispose();
        await isClosed.Task;
        await Assert.ThrowsAsync<IOException>(() => read.AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => response.Body.ReadAsync(new byte[4]).AsTask());
        Assert.Equal(0, pool.Idle);
    }

    [Fact]
    public async Task Two_readers_at_once_are_one_too_many()
    {
        await using var server = WireServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        using var pool = Pool(server);
        using var response = await pool.SendAsync(Request(), CancellationToken.None);
        var read = response.Body.ReadAsync(new byte[4]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => response.Body.ReadAsync(new byte[4]).AsTask());
        Assert.False(response.TryTakeWhole(out _));
        Assert.False(read.IsCompleted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_disposes_of_a_body_while_another_reads_it_spoils_neither_it_nor_the_next(bool isChunked)
    {
        const int Length = 12_000;
        var body = new string('x', Length);
        await using var server = WireServer.Answering(isChunked
            ? $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{Length:x}\r\n{body}\r\n0\r\n\r\n"
            : $"HTTP/1.1 200 OK\r\nContent-Length: {Length}\r\n\r\n{body}");
        using var pool = Pool(server);
        for (var i = 0; i < 300; i++)
        {
            var response = await pool.SendAsync(Request(), CancellationToken.None);
            using var both = new Barrier(2);
            var reading = Task.Run(async () =>
            {
                var got = new byte[Length];
                both.SignalAndWait();
                var count = 0;
                try
                {
                    int step;
                    while ((step = await response.Body.ReadAsync(got.AsMemory(count, Math.Min(700, Length - count)))) > 0)
                    {
                        count += step;
                    }
                }
                catch (Exception exception) when (exception is ObjectDisposedException or IOException)
                {
                    // Broken off.
                }

                Assert.False(got.AsSpan(0, count).ContainsAnyExcept((byte)'x'));
            });
            both.SignalAndWait();
            Thread.SpinWait(i * 20);
            response.Dispose();
            Array.Fill(Rented(), (byte)'!');
            await reading;
            Assert.InRange(pool.Idle, 0, 1);
        }

        // What was given back to the pool of arrays is another's by now.
        static byte[] Rented()
        {
            var array = ArrayPool<byte>.Shared.Rent(16 * 1024);
            ArrayPool<byte>.Shared.Return(array);
            return array;
        }
    }

    [Fact]
    public async Task Who_cancels_while_a_request_is_being_written_closes_the_connection()
    {
        using var leaving = new CancellationTokenSource();
        var isClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new WireServer(async (connection, _) =>
        {
            await connection.SkipAsync(100);
            await leaving.CancelAsync();
            await Record.ExceptionAsync(connection.CountToEndAsync);
            isClosed.SetResult();
        });
        using var pool = Pool(server);

        // More than both ends buffer.
        var sending = pool.SendAsync(new WireRequest(new byte[64 * 1024 * 1024], IsHead: false), leaving.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.AsTask());
        await isClosed.Task;
        Assert.Equal(0, pool.Idle);
    }

    private static WirePool Pool(WireServer server) => new(server.Address, "", new ConnectionOptions(), TimeProvider.System);

    private static WireRequest Request()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(100);
        return new WireRequest(new ArraySegment<byte>(buffer, 0, Encoding.Latin1.GetBytes("GET / HTTP/1.1\r\nHost: shop\r\n\r\n", buffer)), IsHead: false);
    }
}
