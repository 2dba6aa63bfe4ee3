using AkkaPerf.Http.Compression;

namespace AkkaPerf.Http.Tests.Compression;

public sealed class EncodedBodiesTests
{
    private const int Times = 100;

    private static readonly byte[] Body = Texts.Of(20_000);

    [Theory]
    [InlineData(ContentCoding.Br)]
    [InlineData(ContentCoding.Gzip)]
    [InlineData(ContentCoding.Zstd)]
    public async Task A_body_is_encoded_once_and_smaller_than_on_its_way(ContentCoding coding)
    {
        var work = Work();
        var bodies = new EncodedBodies(Body, work);
        Assert.False(bodies.TryGet(coding, out _));
        var made = await bodies.EncodeAsync(coding, CancellationToken.None);
        Assert.Equal(Body, Decoded.Whole(coding, made!.Value.ToArray()));
        Assert.True(bodies.TryGet(coding, out var got));
        Assert.Equal(made.Value, got);
        Assert.Equal(got.Length, bodies.Bytes);
        Assert.Equal(made.Value, (await bodies.EncodeAsync(coding, CancellationToken.None))!.Value);
        using var onTheWay = new CodedBody(work.Encoders, coding, CompressionEffort.Balanced, Body.Length);
        Assert.True(got.Length <= onTheWay.Finish(Body).Length);
    }

    [Fact]
    public async Task All_who_ask_at_once_get_the_same_bytes_and_it_grows_once()
    {
        for (var i = 0; i < Times; i++)
        {
            var grown = new System.Collections.Concurrent.ConcurrentQueue<long>();
            var bodies = new EncodedBodies(Body, Work(), grown.Enqueue);
            using var start = new Barrier(4);
            var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                start.SignalAndWait();
                return (await bodies.EncodeAsync(ContentCoding.Zstd, CancellationToken.None))!.Value;
            })));
            Assert.Single(all.Distinct());
            await Loopback.Until.TrueAsync(() => !grown.IsEmpty, "it has said how much it has grown");
            Assert.Equal([bodies.Bytes], grown);
        }
    }

    [Fact]
    public async Task What_finds_no_room_among_the_others_is_not_kept()
    {
        var free = new EncodedBodies(Body, Work());
        await free.EncodeAsync(ContentCoding.Br, CancellationToken.None);
        var bodies = new EncodedBodies(Body, Work()) { MaxBytes = free.Bytes + 1 };
        Assert.NotNull(await bodies.EncodeAsync(ContentCoding.Br, CancellationToken.None));
        Assert.Null(await bodies.EncodeAsync(ContentCoding.Gzip, CancellationToken.None));
        Assert.True(bodies.IsNotWorthIt(ContentCoding.Gzip));
        Assert.Equal(free.Bytes, bodies.Bytes);
    }

    [Fact]
    public async Task What_does_not_get_smaller_is_tried_once()
    {
        var noise = new byte[5000];
        new Random(1).NextBytes(noise);
        var tries = 0;
        var work = new EncodingWork(
            new Encoders(),
            () =>
            {
                Interlocked.Increment(ref tries);
                return true;
            },
            cores: 2);
        var bodies = new EncodedBodies(noise, work, _ => Assert.Fail("It has not grown."));
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(await bodies.EncodeAsync(ContentCoding.Br, CancellationToken.None));
            Assert.True(bodies.IsNotWorthIt(ContentCoding.Br));
            Assert.False(bodies.TryGet(ContentCoding.Br, out _));
        }

        Assert.Equal(1, tries);
        Assert.Equal(0, bodies.Bytes);
        Assert.False(bodies.IsNotWorthIt(ContentCoding.Gzip));
    }

    [Fact]
    public async Task Who_leaves_ends_nothing_but_his_own_wait()
    {
        for (var i = 0; i < Times; i++)
        {
            var work = Work();
            using var blocked = Block(work);
            var bodies = new EncodedBodies(Body, work);
            using var leaving = new CancellationTokenSource();
            var left = bodies.EncodeAsync(ContentCoding.Gzip, leaving.Token);
            var stays = bodies.EncodeAsync(ContentCoding.Gzip, CancellationToken.None);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await left);
            Assert.False(stays.IsCompleted);
            blocked.Dispose();
            Assert.Equal(Body, Decoded.Whole(ContentCoding.Gzip, (await stays)!.Value.ToArray()));
        }
    }

    [Fact]
    public async Task Without_cpu_to_spare_it_is_sent_as_it_is_and_tried_again_later()
    {
        var hasCpu = false;
        var work = new EncodingWork(new Encoders(), () => hasCpu, cores: 2);
        var bodies = new EncodedBodies(Body, work);
        Assert.Null(await bodies.EncodeAsync(ContentCoding.Br, CancellationToken.None));
        Assert.False(bodies.IsNotWorthIt(ContentCoding.Br));
        hasCpu = true;
        Assert.NotNull(await bodies.EncodeAsync(ContentCoding.Br, CancellationToken.None));
    }

    [Fact]
    public async Task No_more_wait_than_there_is_room_for()
    {
        var work = new EncodingWork(new Encoders(), static () => true, cores: 1);
        var places = 0;
        while (work.TryEnter())
        {
            places++;
        }

        Assert.Equal(64, places);
        Assert.Null(await new EncodedBodies(Body, work).EncodeAsync(ContentCoding.Br, CancellationToken.None));
        work.Leave();
        Assert.NotNull(await new EncodedBodies(Body, work).EncodeAsync(ContentCoding.Br, CancellationToken.None));
        Assert.True(work.TryEnter());
    }

    [Fact]
    public async Task So_many_run_at_once_as_there_are_cores_for_it()
    {
        var work = new EncodingWork(new Encoders(), static () => true, cores: 3);
        using var mayEnd = new ManualResetEventSlim();
        var running = 0;
        var tasks = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                Interlocked.Increment(ref running);
                mayEnd.Wait(TimeSpan.FromSeconds(30));
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            work.Scheduler)).ToArray();
        await Loopback.Until.TrueAsync(() => Volatile.Read(ref running) == 2, "two run");
        Assert.Equal(2, Volatile.Read(ref running));
        mayEnd.Set();
        await Task.WhenAll(tasks);
        Assert.Equal(8, running);
    }

    [Fact]
    public async Task A_look_allocates_nothing()
    {
        var bodies = new EncodedBodies(Body, Work());
        await bodies.EncodeAsync(ContentCoding.Br, CancellationToken.None);
        bodies.TryGet(ContentCoding.Br, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            bodies.TryGet(ContentCoding.Br, out _);
            bodies.TryGet(ContentCoding.Zstd, out _);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static EncodingWork Work() => new(new Encoders(), static () => true, cores: 1);

    // Holds the only thread that encodes.
    private static ManualBlock Block(EncodingWork work) => new(work);

    private sealed class ManualBlock : IDisposable
    {
        private readonly ManualResetEventSlim _end = new();

        public ManualBlock(EncodingWork work) => _ = Task.Factory.StartNew(
            () => _end.Wait(TimeSpan.FromSeconds(30)), CancellationToken.None, TaskCreationOptions.None, work.Scheduler);

        public void Dispose() => _end.Set();
    }
}
