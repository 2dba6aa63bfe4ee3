using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class WarmingPaceTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly TimerCount _time = new();
    private int _loads;

    private int Loads => Volatile.Read(ref _loads);

    [Fact]
    public async Task So_many_a_second_and_no_more()
    {
        await using var cache = Create();
        var warming = cache.WarmAsync(Keys(10), LoadAsync);
        for (var begun = 1; begun < 10; begun++)
        {
            await CacheRig.UntilAsync(() => Loads == begun && _time.Timers == begun, $"the wait after load {begun}");
            _time.Advance(Step - TimeSpan.FromTicks(1));
            Assert.Equal(begun, Loads);
            _time.Advance(TimeSpan.FromTicks(1));
        }

        Assert.Equal(10, (await warming).Total.Loaded);
        Assert.Equal(9, _time.Timers);
    }

    [Fact]
    public async Task What_is_known_takes_no_turn()
    {
        await using var cache = Create();
        foreach (var key in Keys(100))
        {
            await cache.SetAsync(key, "known");
        }

        var report = await cache.WarmAsync(Keys(101), LoadAsync);

        Assert.Equal((1, 100), (report.Total.Loaded, report.Total.Known));
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task What_was_not_used_is_not_made_up_for()
    {
        await using var cache = Create();
        var load = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var warming = cache.WarmAsync(Keys(3), (_, _) => Interlocked.Increment(ref _loads) == 1 ? new ValueTask<string>(load.Task) : ValueTask.FromResult("v"));
        await CacheRig.UntilAsync(() => Loads == 1, "the first load");
        _time.Advance(10 * Step);
        load.SetResult("v");

        await CacheRig.UntilAsync(() => Loads == 2 && _time.Timers == 1, "the wait after the second load");
        _time.Advance(Step);

        Assert.Equal(3, (await warming).Total.Loaded);
    }

    [Fact]
    public async Task A_wait_for_the_next_turn_can_be_cancelled()
    {
        await using var cache = Create();
        using var cancellation = new CancellationTokenSource();
        var warming = cache.WarmAsync(Keys(3), LoadAsync, progress: null, cancellation.Token);
        await CacheRig.UntilAsync(() => _time.Timers == 1, "the wait");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => warming);
        Assert.Equal(1, Loads);
        Assert.True(cache.TryGet("k0", out _));
    }

    private static IEnumerable<string> Keys(int count) => Enumerable.Range(0, count).Select(i => "k" + i);

    private AkkaPerfCache<string, string> Create() => AkkaPerfCache.Create<string, string>("pace", builder => builder
        .UseTime(_time)
        .Configure(options => (options.Warming.Rate, options.Warming.Concurrency) = (10, 1)));

    private ValueTask<string> LoadAsync(string key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _loads);
        return ValueTask.FromResult(key);
    }
}
