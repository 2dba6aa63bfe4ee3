using AkkaPerf.Caching;
using AkkaPerf.Caching.Warming;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class WarmingTests : IAsyncDisposable
{
    private readonly CacheRig _rig = new(options => options.Warming.Concurrency = 3);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Loads_what_is_missing_and_reports_what_failed()
    {
        await _rig.GetAsync("k3");
        _rig.Source = (key, _) => key is "k5" or "k7" ? throw new InvalidDataException(key) : ValueTask.FromResult("value of " + key);
        var progress = new Steps();

        var report = await _rig.Cache.WarmAsync(Enumerable.Range(0, 10).Select(i => "k" + i), _rig.LoadAsync, progress);

        Assert.Equal(new WarmingProgress(7, 1, 2), report.Total);
        Assert.Equal(["k5", "k7"], report.Failures.Select(failure => failure.Item).Order());
        Assert.All(report.Failures, failure => Assert.Equal(failure.Item, failure.Exception.Message));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), progress.Seen.Select(step => step.Done));
        Assert.True(_rig.Cache.TryGet("k9", out _));
    }

    [Fact]
    public async Task So_many_at_once_and_no_more()
    {
        var (now, most) = (0, 0);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source = async (key, _) =>
        {
            var atOnce = Interlocked.Increment(ref now);
            InterlockedMax(ref most, atOnce);
            if (atOnce == 3)
            {
                gate.TrySetResult();
            }

            await gate.Task;
            Interlocked.Decrement(ref now);
            return key;
        };

        await _rig.Cache.WarmAsync(Enumerable.Range(0, 20).Select(i => "k" + i), _rig.LoadAsync);

        Assert.Equal(3, most);
    }

    [Fact]
    public async Task Reads_the_keys_only_as_fast_as_they_are_loaded()
    {
        var read = 0;
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source = async (key, _) =>
        {
            await gate.Task;
            return key;
        };
        var warming = _rig.Cache.WarmAsync(Keys(), _rig.LoadAsync);
        await CacheRig.UntilAsync(() => _rig.Loads == 3, "three loads");

        Assert.InRange(Volatile.Read(ref read), 3, 4);
        gate.SetResult();
        Assert.Equal(100, (await warming).Total.Loaded);

        async IAsyncEnumerable<string> Keys()
        {
            for (var i = 0; i < 100; i++)
            {
                Interlocked.Increment(ref read);
                yield return "k" + i;
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Ends_when_it_is_cancelled_and_what_is_warm_stays()
    {
        using var cancellation = new CancellationTokenSource();
        _rig.Source = async (key, token) =>
        {
            // The first one may come here last, and waits for nobody; the others wait until it is in the cache.
            if (key != "k0" && _rig.Loads > 10)
            {
                try
                {
                    await CacheRig.UntilAsync(() => _rig.Cache.TryGet("k0", out _), "the first key");
                }
                finally
                {
                    await cancellation.CancelAsync();
                }

                await Task.Delay(Timeout.Infinite, token);
            }

            return key;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _rig.Cache.WarmAsync(Enumerable.Range(0, 1_000).Select(i => "k" + i), _rig.LoadAsync, progress: null, cancellation.Token));

        Assert.True(_rig.Cache.TryGet("k0", out _));
        Assert.InRange(_rig.Loads, 11, 13);
    }

    [Fact]
    public async Task Preloading_replaces_what_is_known_once_the_new_value_is_there()
    {
        await _rig.GetAsync();
        var load = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var preloading = _rig.Cache.PreloadAsync("k", (_, _) => new ValueTask<string>(load.Task)).AsTask();
        Assert.Equal("value of k", await _rig.GetAsync());

        load.SetResult("new");

        Assert.Equal("new", await preloading);
        Assert.Equal("new", await _rig.GetAsync());
    }

    [Fact]
    public async Task A_preloading_that_fails_leaves_what_is_known()
    {
        await _rig.GetAsync();

        await Assert.ThrowsAsync<InvalidDataException>(() => _rig.Cache.PreloadAsync("k", (_, _) => throw new InvalidDataException()).AsTask());

        Assert.Equal("value of k", await _rig.GetAsync());
    }

    [Fact]
    public async Task The_hottest_entries_are_refreshed_in_time_though_nobody_asks()
    {
        await using var cache = AkkaPerfCache.Create<string, string>("ahead", builder => builder
            .UseTime(_rig.Time)
            .LoadWith(_rig.LoadAsync)
            .Configure(options => (options.Ttl, options.Refresh.Ahead) = (TimeSpan.FromSeconds(100), 1)));
        for (var i = 0; i < 10; i++)
        {
            await _rig.GetAsync(cache, "hot");
        }

        await _rig.GetAsync(cache, "cold");
        for (var second = 0; second < 99; second++)
        {
            _rig.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await CacheRig.UntilAsync(() => _rig.Loads >= 3 && cache.Statistics.InFlight == 0, "the refresh");
        _rig.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.True(cache.TryGet("hot", out _));
        Assert.False(cache.TryGet("cold", out _));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
            // Somebody else was faster: look again.
        }
    }

    private sealed class Steps : IProgress<WarmingProgress>
    {
        public List<WarmingProgress> Seen { get; } = [];

        public void Report(WarmingProgress value) => Seen.Add(value);
    }
}
