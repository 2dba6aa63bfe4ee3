using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using AkkaPerf.Http.Loops;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Loops;

/// <summary>Real sockets that an event loop watches.</summary>
public sealed class LoopSocketTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Every_byte_arrives_in_order_both_ways_whoever_leaves_meanwhile(int seed)
    {
        using var pair = await LoopPair.OpenAsync();
        await Task.WhenAll(PassAsync(pair.One, pair.Other, seed), PassAsync(pair.Other, pair.One, -seed)).WaitAsync(Limit);

        static async Task PassAsync(LoopSocket from, LoopSocket to, int seed)
        {
            var random = new Random(seed);
            var bytes = new byte[2_000_003];
            random.NextBytes(bytes);
            var sending = SendAsync(from, bytes, new Random(seed + 1000));
            using var got = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var count = 0;
            while (count < bytes.Length)
            {
                var buffer = new byte[random.Next(0, 20_000)];
                using var leaving = new CancellationTokenSource();
                var reading = to.ReceiveAsync(buffer, leaving.Token);
                var leaves = !reading.IsCompleted && random.Next(2) == 0 ? Task.Run(leaving.Cancel) : Task.CompletedTask;

                try
                {
                    var read = await reading;
                    got.AppendData(buffer, 0, read);
                    count += read;
                }
                catch (OperationCanceledException)
                {
                    // Nothing is lost by it.
                }

                await leaves;
            }

            await sending;
            Assert.Equal(SHA256.HashData(bytes), got.GetHashAndReset());
        }

        static async Task SendAsync(LoopSocket to, byte[] bytes, Random random)
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                var piece = Math.Min(random.Next(1, 60_000), bytes.Length - sent);
                Assert.Equal(piece, await to.SendAsync(bytes.AsMemory(sent, piece)));
                sent += piece;
            }
        }
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_is_seen_whether_it_comes_with_the_last_bytes_or_behind_them(bool isTogether)
    {
        using var pair = await LoopPair.OpenAsync();
        await pair.Other.SendAsync(new byte[5]);
        if (isTogether)
        {
            pair.Other.Finish();
            await Until.TrueAsync(() => pair.One.IsReadable, "it is told");
        }

        var buffer = new byte[100];
        var count = 0;
        while (count < 5)
        {
            count += await pair.One.ReceiveAsync(buffer.AsMemory(count)).AsTask().WaitAsync(Limit);
        }

        var end = pair.One.ReceiveAsync(buffer).AsTask();
        if (!isTogether)
        {
            Assert.False(end.IsCompleted);
            pair.Other.Finish();
        }

        Assert.Equal(0, await end.WaitAsync(Limit));
        Assert.Equal(0, await pair.One.ReceiveAsync(buffer));
    }

    [SkippableFact]
    public async Task Nothing_is_readable_until_it_comes_and_once_it_has_been_read()
    {
        using var pair = await LoopPair.OpenAsync();
        Assert.False(pair.One.IsReadable);
        await pair.Other.SendAsync(new byte[5]);
        Assert.Equal(0, await pair.One.ReceiveAsync(Memory<byte>.Empty).AsTask().WaitAsync(Limit));
        Assert.True(pair.One.IsReadable);
        Assert.Equal(5, await pair.One.ReceiveAsync(new byte[6]));
        Assert.False(pair.One.IsReadable);
    }

    [SkippableFact]
    public async Task Nothing_is_readable_once_exactly_what_came_has_been_read()
    {
        using var pair = await LoopPair.OpenAsync();
        await pair.Other.SendAsync(new byte[5]);
        Assert.Equal(5, await pair.One.ReceiveAsync(new byte[5]).AsTask().WaitAsync(Limit));
        Assert.False(pair.One.IsReadable);
    }

    // Whoever closes or cancels may hold a lock that the one who waited wants.
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_is_let_go_goes_on_on_a_thread_of_his_own(bool isCancelled)
    {
        using var pair = await LoopPair.OpenAsync();
        using var leaving = new CancellationTokenSource();
        var closer = 0;
        var reading = ReadAsync();
        closer = Environment.CurrentManagedThreadId;
        if (isCancelled)
        {
#pragma warning disable CA1849, S6966 // The callbacks are to run here.
            leaving.Cancel();
#pragma warning restore CA1849, S6966
        }
        else
        {
            pair.One.Dispose();
        }

        closer = 0;
        Assert.True(await reading.WaitAsync(Limit));

        async Task<bool> ReadAsync()
        {
            try
            {
                await pair.One.ReceiveAsync(new byte[1], leaving.Token).ConfigureAwait(false);
                return false;
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                return Volatile.Read(ref closer) != Environment.CurrentManagedThreadId;
            }
        }
    }

    [SkippableFact]
    public async Task A_reset_breaks_whoever_reads()
    {
        using var pair = await LoopPair.OpenAsync();
        var reading = pair.One.ReceiveAsync(new byte[1]).AsTask();
        pair.Other.Reset();
        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(() => reading.WaitAsync(Limit))).SocketErrorCode);
    }

    [SkippableFact]
    public async Task Closing_ends_whoever_waits_and_the_place_is_anothers()
    {
        Skip.IfNot(EventLoops.AreSupported);
        var loop = new EventLoop(number: 100);
        using var pair = await LoopPair.OpenAsync(loop);
        var reading = pair.One.ReceiveAsync(new byte[1]).AsTask();
        var writing = pair.One.SendAsync(new byte[64 * 1024 * 1024]).AsTask();
        Assert.False(writing.IsCompleted);
        pair.One.Dispose();
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => reading.WaitAsync(Limit))).SocketErrorCode);
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => writing.WaitAsync(Limit))).SocketErrorCode);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.One.ReceiveAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.One.SendAsync(new byte[1]).AsTask());
        pair.One.Dispose();
        Assert.Equal(1, loop.Count);
        for (var i = 0; i < 100; i++)
        {
            // More than there are places for at first, and the old ones again.
            using var others = new Many();
            for (var j = 0; j < 50; j++)
            {
                others.Add(await LoopPair.OpenAsync(loop));
            }

            Assert.Equal(101, loop.Count);
            await others.AskAllAsync();
        }

        Assert.Equal(1, loop.Count);
    }

    [SkippableFact]
    public async Task Closing_while_others_read_and_write_ends_them_all()
    {
        for (var i = 0; i < 200; i++)
        {
            using var pair = await LoopPair.OpenAsync();
            var (one, other) = (pair.One, pair.Other);
            var isUnderWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var all = Task.WhenAll(Task.Run(() => ReadAsync(one)), Task.Run(() => WriteAsync(one, isUnderWay)), Task.Run(() => ReadAsync(other)), Task.Run(() => WriteAsync(other, isUnderWay)));
            await isUnderWay.Task.WaitAsync(Limit);
            one.Dispose();
            await all.WaitAsync(Limit);
        }

        static async Task ReadAsync(LoopSocket from)
        {
            try
            {
                while (await from.ReceiveAsync(new byte[1000]) > 0)
                {
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // As it should.
            }
        }

        static async Task WriteAsync(LoopSocket to, TaskCompletionSource isUnderWay)
        {
            try
            {
                while (true)
                {
                    await to.SendAsync(new byte[1000]);
                    isUnderWay.TrySetResult();
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // As it should.
            }
        }
    }

    [SkippableFact]
    public async Task Who_is_not_there_refuses()
    {
        Skip.IfNot(EventLoops.AreSupported);
        using var closed = new ClosedPort();
        var failure = await Assert.ThrowsAsync<SocketException>(() => LoopSocket.ConnectAsync(new DnsEndPoint(closed.Address.Host, closed.Address.Port), CancellationToken.None).AsTask());
        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    private sealed class Many : IDisposable
    {
        private readonly List<LoopPair> _pairs = [];

        public void Add(LoopPair pair) => _pairs.Add(pair);

        public async Task AskAllAsync()
        {
            foreach (var pair in _pairs)
            {
                var reading = pair.One.ReceiveAsync(new byte[1]);
                await pair.Other.SendAsync(new byte[1]);
                Assert.Equal(1, await reading.AsTask().WaitAsync(Limit));
            }
        }

        public void Dispose() => _pairs.ForEach(static pair => pair.Dispose());
    }
}
