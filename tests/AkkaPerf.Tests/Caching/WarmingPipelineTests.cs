using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using AkkaPerf.Caching.Warming;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Layers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching;

/// <summary>A pipeline's cache is filled before anybody asks: through its permits, from any source, and by itself.</summary>
public abstract class WarmingPipelineTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly IDistributedCache _store = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
    private readonly List<TestPipeline<string, string>> _pipelines = [];
    private readonly IslandMode _mode;
    private int _loads;
    private Func<string, CancellationToken, ValueTask<string>> _source = (id, _) => ValueTask.FromResult("value of " + id);

    protected WarmingPipelineTests(IslandMode mode) => _mode = mode;

    private int Loads => Volatile.Read(ref _loads);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var pipeline in _pipelines)
        {
            await pipeline.AssertIdleAsync();
            await pipeline.DisposeAsync();
        }
    }

    [Fact]
    public async Task Warming_takes_no_more_than_the_pipelines_permits()
    {
        var pipeline = Start(options => (options.Throttle.Concurrency, options.Cache.Warming.Concurrency) = (2, 8));
        var (now, most) = (0, 0);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _source = async (id, _) =>
        {
            var atOnce = Interlocked.Increment(ref now);
            lock (gate)
            {
                most = Math.Max(most, atOnce);
            }

            await gate.Task;
            Interlocked.Decrement(ref now);
            return id;
        };
        var warming = pipeline.Pipeline.Cache!.WarmAsync(Keys(20));
        await pipeline.UntilAsync(() => Volatile.Read(ref now) == 2 && pipeline.Pipeline.Describe().Waiting.Room > 0, "the permits to be taken");

        gate.SetResult();

        Assert.Equal(20, (await warming).Total.Loaded);
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task A_warming_waits_for_room_and_is_not_refused()
    {
        var pipeline = Start(options => (options.Throttle.Concurrency, options.Throttle.Queue, options.Cache.Warming.Concurrency) = (1, 0, 8));

        var report = await pipeline.Pipeline.Cache!.WarmAsync(Keys(50));

        Assert.Equal(new WarmingProgress(50, 0, 0), report.Total);
    }

    [Fact]
    public async Task A_progress_is_told_of_every_request_in_order()
    {
        var pipeline = Start();
        await pipeline.Pipeline.SendAsync("k1");
        _source = (id, _) => id == "k2" ? throw new InvalidDataException(id) : ValueTask.FromResult(id);
        var progress = new Steps();

        await pipeline.Pipeline.Cache!.WarmAsync(Keys(20), progress);

        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), progress.Seen.Select(step => step.Done));
        Assert.Equal(new WarmingProgress(18, 1, 1), progress.Seen[^1]);
    }

    [Fact]
    public async Task Requests_that_cannot_be_read_on_end_the_warming_and_those_before_are_warm()
    {
        var pipeline = Start();

        var broken = await Assert.ThrowsAsync<InvalidDataException>(() => pipeline.Pipeline.Cache!.WarmAsync(Requests()));

        Assert.Equal("broken", broken.Message);
        await AssertWarmAsync(pipeline, 3);

        async IAsyncEnumerable<string> Requests()
        {
            foreach (var key in Keys(3))
            {
                yield return key;
            }

            await pipeline.UntilAsync(() => pipeline.Pipeline.Cache!.Statistics.Entries == 3, "what was read to be warm");
            throw new InvalidDataException("broken");
        }
    }

    [Fact]
    public async Task A_source_that_fails_ends_the_warming_and_what_came_before_is_warm()
    {
        var pipeline = Start(options => options.Cache.Warming.Concurrency = 1);
        using var materializer = ActorMaterializer.Create(pipeline.System);

        var broken = await Assert.ThrowsAsync<InvalidDataException>(() => pipeline.Pipeline.Cache!.WarmAsync(
            Source.From(Keys(10)).Select(key => key == "k3" ? throw new InvalidDataException("broken") : key), materializer));

        Assert.Equal("broken", broken.Message);
        Assert.Equal(3, pipeline.Pipeline.Cache!.Statistics.Entries);
        await AssertWarmAsync(pipeline, 3);
    }

    [Fact]
    public async Task A_cancelled_warming_ends_its_source_and_what_is_warm_stays()
    {
        var pipeline = Start(options => options.Cache.Warming.Concurrency = 1);
        using var materializer = ActorMaterializer.Create(pipeline.System);
        using var cancellation = new CancellationTokenSource();
        Task? ended = null;
        var endless = Source.From(Enumerable.Range(0, int.MaxValue)).Select(i => "k" + i).WatchTermination((_, done) =>
        {
            ended = done;
            return NotUsed.Instance;
        });
        var warming = pipeline.Pipeline.Cache!.WarmAsync(endless, materializer, progress: null, cancellation.Token);
        await pipeline.UntilAsync(() => pipeline.Pipeline.Cache.Statistics.Entries > 20, "some to be warm");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => warming);
        await pipeline.UntilAsync(() => ended!.IsCompleted, "the source to end");
        await pipeline.AssertIdleAsync();
        await AssertWarmAsync(pipeline, 10);
    }

    [Fact]
    public async Task The_hottest_answers_are_refreshed_in_time_though_nobody_asks()
    {
        var pipeline = Start(options => (options.Cache.Ttl, options.Cache.Refresh.Ahead) = (100 * Second, 1), id => id);
        for (var i = 0; i < 10; i++)
        {
            await pipeline.Pipeline.SendAsync("hot");
        }

        await pipeline.Pipeline.SendAsync("cold");
        for (var second = 0; second < 89; second++)
        {
            pipeline.Advance(Second);
        }

        await pipeline.AssertIdleAsync();
        Assert.Equal(2, Loads);
        for (var second = 89; second < 99; second++)
        {
            pipeline.Advance(Second);
        }

        await pipeline.UntilAsync(() => Loads == 3, "the refresh");
        await pipeline.AssertIdleAsync();
        pipeline.Advance(50 * Second);
        await pipeline.Pipeline.SendAsync("hot");
        Assert.Equal(3, Loads);
        await pipeline.Pipeline.SendAsync("cold");
        Assert.Equal(4, Loads);
    }

    [Fact]
    public async Task What_was_hot_is_asked_for_anew_if_the_second_level_has_lost_it()
    {
        var first = Start(options => options.Cache.Warming.HotKeys = 10);
        await first.Pipeline.SendAsync("hot");
        await first.Pipeline.DrainAsync();

        // A day later.
        var later = new FakeTimeProvider(first.Time.GetUtcNow().AddDays(1));
        var second = Start(options => options.Cache.Warming.HotKeys = 10, id => id, later);

        await second.UntilAsync(() => second.Pipeline.Cache!.Statistics.Entries == 1, "the hot key to be warm");
        Assert.Equal("value of hot", await second.Pipeline.SendAsync("hot"));
        Assert.Equal((2, 0), (Loads, second.Pipeline.Cache!.Statistics.DistributedHits));
    }

    private static IEnumerable<string> Keys(int count) => Enumerable.Range(0, count).Select(i => "k" + i);

    private async Task AssertWarmAsync(TestPipeline<string, string> pipeline, int count)
    {
        var loads = Loads;
        foreach (var key in Keys(count))
        {
            await pipeline.Pipeline.SendAsync(key);
        }

        Assert.Equal(loads, Loads);
    }

    private TestPipeline<string, string> Start(
        Action<PipelineOptions>? configure = null, Func<string, string>? requestBy = null, TimeProvider? time = null)
    {
        var pipeline = TestPipeline.Start<string, string>(
            builder =>
            {
                builder.Configure(options =>
                {
                    options.Cache.Ttl = 600 * Second;
                    configure?.Invoke(options);
                }).CacheBy(id => id).UseDistributed(_store);
                if (requestBy is not null)
                {
                    builder.RequestBy(requestBy);
                }

                if (time is not null)
                {
                    builder.UseTime(time);
                }

                builder.Handle(LoadAsync);
            },
            options => options.Fuzzing = _mode == IslandMode.Fuzzed);
        _pipelines.Add(pipeline);
        return pipeline;
    }

    private ValueTask<string> LoadAsync(string id, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _loads);
        return _source(id, cancellationToken);
    }

    private sealed class Steps : IProgress<WarmingProgress>
    {
        public List<WarmingProgress> Seen { get; } = [];

        public void Report(WarmingProgress value) => Seen.Add(value);
    }

    public sealed class Plain() : WarmingPipelineTests(IslandMode.Plain);

    public sealed class Fuzzed() : WarmingPipelineTests(IslandMode.Fuzzed);
}
