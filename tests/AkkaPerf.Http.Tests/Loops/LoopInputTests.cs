using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Cryptography;
using AkkaPerf.Http.Loops;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Loops;

/// <summary>A client's bytes, read as from any pipe.</summary>
public sealed class LoopInputTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [SkippableTheory]
    [InlineData(1, 0)]
    [InlineData(2, 20_000)]
    [InlineData(3, 100_000)]
    [InlineData(4, 1_000_000)]
    public async Task Every_byte_is_read_however_much_is_consumed_and_examined(int seed, long most)
    {
        using var input = await Input.OpenAsync(most);
        var random = new Random(seed);
        var bytes = new byte[3_000_001];
        random.NextBytes(bytes);
        var sending = SendAsync(input.Client, bytes, new Random(seed + 1000));
        using var got = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var isOver = false;
        var seen = 0L;
        while (!isOver)
        {
            var result = await input.Reader.ReadAsync().AsTask().WaitAsync(Limit);
            Assert.True(result.IsCompleted || result.Buffer.Length > seen, "a read told nothing new");
            var consumed = random.Next(3) == 0 ? result.Buffer.Length : random.NextInt64(result.Buffer.Length + 1);
            var examined = random.Next(2) == 0 ? result.Buffer.Length : random.NextInt64(consumed, result.Buffer.Length + 1);
            foreach (var piece in result.Buffer.Slice(0, consumed))
            {
                got.AppendData(piece.Span);
            }

            seen = examined - consumed;
            isOver = result.IsCompleted && consumed == result.Buffer.Length;
            input.Reader.AdvanceTo(result.Buffer.GetPosition(consumed), result.Buffer.GetPosition(examined));
            if (random.Next(4) == 0)
            {
                await Task.Yield();
            }
        }

        await sending;
        Assert.Equal(SHA256.HashData(bytes), got.GetHashAndReset());
        await input.HasEndedAsync();
        await input.Reader.CompleteAsync();
        Assert.Equal(0, input.Pool.Rented);

        static async Task SendAsync(LoopSocket to, byte[] bytes, Random random)
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                var piece = Math.Min(random.Next(1, 30_000), bytes.Length - sent);
                sent += await to.SendAsync(bytes.AsMemory(sent, piece));
            }

            to.Finish();
        }
    }

    [SkippableFact]
    public async Task Nothing_is_held_while_there_is_nothing()
    {
        using var input = await Input.OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            var reading = input.Reader.ReadAsync().AsTask();
            Assert.Equal((false, 0), (reading.IsCompleted, input.Pool.Rented));
            await input.Client.SendAsync(new byte[100]);
            var result = await reading.WaitAsync(Limit);
            Assert.Equal((100, 1), (result.Buffer.Length, input.Pool.Rented));
            input.Reader.AdvanceTo(result.Buffer.End);
            Assert.Equal(0, input.Pool.Rented);
        }
    }

    [SkippableFact]
    public async Task What_has_been_examined_is_told_again_with_more()
    {
        using var input = await Input.OpenAsync();
        await input.Client.SendAsync("ab"u8.ToArray());
        var result = await input.Reader.ReadAsync().AsTask().WaitAsync(Limit);
        input.Reader.AdvanceTo(result.Buffer.GetPosition(1), result.Buffer.End);
        Assert.False(input.Reader.TryRead(out _));
        var reading = input.Reader.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);
        await input.Client.SendAsync("c"u8.ToArray());
        result = await reading.WaitAsync(Limit);
        Assert.Equal("bc"u8.ToArray(), result.Buffer.ToArray());
        input.Reader.AdvanceTo(result.Buffer.Start);
        Assert.True(input.Reader.TryRead(out result));
        Assert.Equal("bc"u8.ToArray(), result.Buffer.ToArray());
    }

    [SkippableFact]
    public async Task No_more_than_may_wait_is_received()
    {
        const int Most = 10_000;
        using var input = await Input.OpenAsync(Most);
        var bytes = new byte[20_000_000];
        Random.Shared.NextBytes(bytes);
        var sending = input.Client.SendAsync(bytes).AsTask();
        await Until.TrueAsync(() => input.Pool.Rented >= 3, "it is full");
        Assert.InRange(input.Pool.Rented, 3, 4);
        Assert.False(sending.IsCompleted);
        using var got = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var count = 0L; count < bytes.Length;)
        {
            var result = await input.Reader.ReadAsync().AsTask().WaitAsync(Limit);
            Assert.InRange(result.Buffer.Length, 1, Most + 4096);
            foreach (var piece in result.Buffer)
            {
                got.AppendData(piece.Span);
            }

            count += result.Buffer.Length;
            input.Reader.AdvanceTo(result.Buffer.End);
        }

        Assert.Equal(bytes.Length, await sending);
        Assert.Equal(SHA256.HashData(bytes), got.GetHashAndReset());
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancelled_read_tells_so_once_and_loses_nothing(bool isWaiting)
    {
        using var input = await Input.OpenAsync();
        var reading = isWaiting ? input.Reader.ReadAsync().AsTask() : null;
        input.Reader.CancelPendingRead();
        var result = await (reading ?? input.Reader.ReadAsync().AsTask()).WaitAsync(Limit);
        Assert.Equal((true, 0, false), (result.IsCanceled, result.Buffer.Length, result.IsCompleted));
        input.Reader.AdvanceTo(result.Buffer.End);
        reading = input.Reader.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);
        await input.Client.SendAsync(new byte[7]);
        result = await reading.WaitAsync(Limit);
        Assert.Equal((false, 7), (result.IsCanceled, result.Buffer.Length));
    }

    [SkippableFact]
    public async Task Whoever_leaves_by_his_token_may_read_again()
    {
        using var input = await Input.OpenAsync();
        using var leaving = new CancellationTokenSource();
        var reading = input.Reader.ReadAsync(leaving.Token).AsTask();
        await leaving.CancelAsync();
        Assert.Equal(leaving.Token, (await Assert.ThrowsAsync<OperationCanceledException>(() => reading)).CancellationToken);
        await Assert.ThrowsAsync<TaskCanceledException>(() => input.Reader.ReadAsync(leaving.Token).AsTask());
        reading = input.Reader.ReadAsync().AsTask();
        await input.Client.SendAsync(new byte[7]);
        Assert.Equal(7, (await reading.WaitAsync(Limit)).Buffer.Length);
    }

    [SkippableFact]
    public async Task Who_is_told_of_the_end_gets_what_came_before_it()
    {
        using var input = await Input.OpenAsync();
        await input.Client.SendAsync(new byte[7]);
        input.Client.Finish();
        await input.HasEndedAsync();
        for (var i = 0; i < 2; i++)
        {
            var result = await input.Reader.ReadAsync().AsTask().WaitAsync(Limit);
            Assert.Equal((7, true), (result.Buffer.Length, result.IsCompleted));
            input.Reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        await input.Reader.CompleteAsync();
        Assert.Equal((0, 1), (input.Pool.Rented, input.Ends));
        await Assert.ThrowsAsync<InvalidOperationException>(() => input.Reader.ReadAsync().AsTask());
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_reads_hears_what_broke_it(bool isWaiting)
    {
        using var input = await Input.OpenAsync();
        var reading = isWaiting ? input.Reader.ReadAsync().AsTask() : null;
        input.Client.Reset();
        if (!isWaiting)
        {
            await input.HasEndedAsync();
            Assert.Throws<IOException>(() => input.Reader.TryRead(out _));
        }

        var fault = await Assert.ThrowsAsync<IOException>(() => (reading ?? input.Reader.ReadAsync().AsTask()).WaitAsync(Limit));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(fault.InnerException).SocketErrorCode);
        await input.HasEndedAsync();
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_nobody_reads_any_more_nothing_waits_for_room(bool isCompleted)
    {
        using var input = await Input.OpenAsync(most: 10_000);
        var sending = input.Client.SendAsync(new byte[20_000_000]).AsTask();
        await Until.TrueAsync(() => input.Pool.Rented >= 3, "it is full");
        if (isCompleted)
        {
            await input.Reader.CompleteAsync();
        }
        else
        {
            ((LoopInput)input.Reader).Stop();
        }

        await input.HasEndedAsync();
        await input.Reader.CompleteAsync();
        Assert.Equal((0, 1), (input.Pool.Rented, input.Ends));
        input.Client.Dispose();
        await Assert.ThrowsAsync<SocketException>(() => sending.WaitAsync(Limit));
    }

    [SkippableFact]
    public async Task Closing_while_it_is_read_and_received_ends_it_once_and_leaves_no_memory_behind()
    {
        for (var i = 0; i < 200; i++)
        {
            using var input = await Input.OpenAsync(most: 20_000);
            var sending = SendAsync(input.Client);
            var reading = Task.Run(() => ReadAsync(input.Reader));
            await Until.TrueAsync(() => input.Pool.Ever > 2, "it is under way");
            if (i % 2 == 0)
            {
                input.Socket.Dispose();
            }
            else
            {
                input.Client.Reset();
            }

            await reading.WaitAsync(Limit);
            await input.HasEndedAsync();
            input.Socket.Dispose();
            await sending.WaitAsync(Limit);
            Assert.Equal((0, 1), (input.Pool.Rented, input.Ends));
        }

        static async Task ReadAsync(PipeReader from)
        {
            try
            {
                while (true)
                {
                    var result = await from.ReadAsync();
                    from.AdvanceTo(result.Buffer.GetPosition(result.Buffer.Length / 2), result.Buffer.GetPosition((result.Buffer.Length + 1) / 2));
                }
            }
            catch (IOException)
            {
                await from.CompleteAsync();
            }
        }

        static async Task SendAsync(LoopSocket to)
        {
            try
            {
                while (true)
                {
                    await to.SendAsync(new byte[3000]);
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // As it should.
            }
        }
    }

    [SkippableFact]
    public async Task Whoever_still_reads_when_nobody_is_to_hears_of_the_end()
    {
        using var input = await Input.OpenAsync();
        var reading = input.Reader.ReadAsync().AsTask();
        await input.Reader.CompleteAsync();
        Assert.False(reading.IsCompleted);
        await input.Client.SendAsync(new byte[7]);
        var result = await reading.WaitAsync(Limit);
        Assert.Equal((0, true), (result.Buffer.Length, result.IsCompleted));
        await input.HasEndedAsync();
        Assert.Equal(0, input.Pool.Rented);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(10_000)]
    public async Task Who_wants_more_at_once_than_may_wait_gets_it(long most)
    {
        using var input = await Input.OpenAsync(most);
        var sending = input.Client.SendAsync(new byte[100_000]).AsTask();
        var result = await input.Reader.ReadAtLeastAsync(100_000).AsTask().WaitAsync(Limit);
        Assert.Equal((100_000, 100_000), (result.Buffer.Length, await sending));
    }

    [SkippableFact]
    public async Task More_than_there_is_cannot_be_consumed()
    {
        using var input = await Input.OpenAsync();
        await input.Client.SendAsync(new byte[7]);
        var result = await input.Reader.ReadAsync().AsTask().WaitAsync(Limit);
        Assert.Throws<InvalidOperationException>(() => input.Reader.AdvanceTo(result.Buffer.End, result.Buffer.Start));
        input.Reader.AdvanceTo(result.Buffer.GetPosition(3));
        Assert.Throws<InvalidOperationException>(() => input.Reader.AdvanceTo(result.Buffer.Start));
        Assert.Equal(4, (await input.Reader.ReadAsync()).Buffer.Length);
    }

    [SkippableFact]
    public async Task One_reader_at_a_time()
    {
        using var input = await Input.OpenAsync();
        var reading = input.Reader.ReadAsync().AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => input.Reader.ReadAsync().AsTask());
        Assert.Throws<InvalidOperationException>(() => input.Reader.TryRead(out _));
        await input.Client.SendAsync(new byte[1]);
        Assert.Equal(1, (await reading.WaitAsync(Limit)).Buffer.Length);
    }

    /// <summary>One end's input, and the other end.</summary>
    private sealed class Input : IDisposable
    {
        private readonly LoopPair _pair;
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _ends;

        private Input(LoopPair pair, long most)
        {
            _pair = pair;
            Reader = new LoopInput(pair.One, Pool, most, static error => error is null ? null : new IOException("It broke.", error), OnEnded);
        }

        public CountingPool Pool { get; } = new();

        public PipeReader Reader { get; }

        public LoopSocket Socket => _pair.One;

        public LoopSocket Client => _pair.Other;

        public int Ends => Volatile.Read(ref _ends);

        public static async Task<Input> OpenAsync(long most = 0)
        {
            var input = new Input(await LoopPair.OpenAsync(), most);
            ((LoopInput)input.Reader).Start();
            return input;
        }

        public Task HasEndedAsync() => _ended.Task.WaitAsync(Limit);

        public void Dispose()
        {
            _pair.Dispose();
            Pool.Dispose();
        }

        private void OnEnded()
        {
            Interlocked.Increment(ref _ends);
            _ended.TrySetResult();
        }
    }

    /// <summary>Blocks of 4 KiB, counted.</summary>
    private sealed class CountingPool : MemoryPool<byte>
    {
        private int _rented;
        private int _ever;

        public int Rented => Volatile.Read(ref _rented);

        public int Ever => Volatile.Read(ref _ever);

        public override int MaxBufferSize => 4096;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            Interlocked.Increment(ref _rented);
            Interlocked.Increment(ref _ever);
            return new Block(this);
        }

        protected override void Dispose(bool disposing)
        {
        }

        private sealed class Block(CountingPool pool) : IMemoryOwner<byte>
        {
            private byte[]? _bytes = new byte[4096];

            public Memory<byte> Memory => _bytes ?? throw new ObjectDisposedException(nameof(Block));

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
                {
                    // Whoever still reads it sees it.
                    Array.Fill(bytes, (byte)0xEE);
                    Interlocked.Decrement(ref pool._rented);
                }
            }
        }
    }
}
