using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>What was said of one entry holds in every process that finds it in the second level.</summary>
public sealed class SharedOptionsTests : IAsyncDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly CacheRig _rig = new(options => options.Ttl = 10 * Minute, hasSecond: true);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Sliding_goes_along()
    {
        var other = await ShareAsync(new CacheEntryOptions { Sliding = Minute });
        await _rig.AdvanceAsync(0.9 * Minute);
        Assert.True(other.TryGet("k", out _));

        await _rig.AdvanceAsync(Minute);

        Assert.False(other.TryGet("k", out _));
        Assert.True((await other.GetAsync("k")).HasValue);
    }

    [Fact]
    public async Task LocalTtl_goes_along()
    {
        var other = await ShareAsync(new CacheEntryOptions { LocalTtl = Minute });

        await _rig.AdvanceAsync(Minute);

        Assert.False(other.TryGet("k", out _));
        Assert.True((await other.GetAsync("k")).HasValue);
        Assert.True(other.TryGet("k", out _));
    }

    [Fact]
    public async Task StaleWhileRevalidate_goes_along()
    {
        var other = await ShareAsync(new CacheEntryOptions { StaleWhileRevalidate = 5 * Minute });
        await _rig.AdvanceAsync(12 * Minute);

        Assert.Equal("shared", await _rig.GetAsync(other, "k"));

        await CacheRig.UntilAsync(() => other.TryGet("k", out var value) && value == "value of k", "the refresh");
    }

    [Fact]
    public async Task StaleIfError_goes_along()
    {
        var other = await ShareAsync(new CacheEntryOptions { StaleIfError = 5 * Minute });
        _rig.Source = (_, _) => throw new IOException("down");
        await _rig.AdvanceAsync(12 * Minute);
        Assert.Equal("shared", await _rig.GetAsync(other, "k"));

        await _rig.AdvanceAsync(4 * Minute);

        await Assert.ThrowsAsync<IOException>(() => _rig.GetAsync(other, "k").AsTask());
    }

    [Fact]
    public async Task A_stale_window_that_is_none_goes_along_too()
    {
        await using var rig = new CacheRig(options => (options.Ttl, options.Stale.WhileRevalidate) = (10 * Minute, 10 * Minute), hasSecond: true);
        await rig.Cache.SetAsync("k", "old", new CacheEntryOptions { StaleWhileRevalidate = TimeSpan.Zero, StaleIfError = 5 * Minute });
        var other = rig.New();
        Assert.True((await other.GetAsync("k")).HasValue);
        await rig.AdvanceAsync(12 * Minute);

        Assert.Equal("value of k", await rig.GetAsync(other, "k"));
    }

    [Fact]
    public async Task Eager_goes_along()
    {
        var other = await ShareAsync(new CacheEntryOptions { Eager = 0.5 });
        await _rig.AdvanceAsync(5 * Minute);

        Assert.Equal("shared", await _rig.GetAsync(other, "k"));

        await CacheRig.UntilAsync(() => other.TryGet("k", out var value) && value == "value of k", "the refresh");
    }

    [Fact]
    public async Task Bytes_go_along()
    {
        var other = await ShareAsync(new CacheEntryOptions { Bytes = 100_000 });

        Assert.InRange(other.Statistics.Bytes, 100_000, 101_000);
    }

    [Fact]
    public async Task After_a_restart_of_the_first_level_it_is_as_it_was()
    {
        await _rig.Cache.SetAsync("k", "shared", new CacheEntryOptions { Sliding = Minute });
        _rig.Cache.Engine.Levels.First.Clear();
        Assert.True((await _rig.Cache.GetAsync("k")).HasValue);

        await _rig.AdvanceAsync(Minute);

        Assert.False(_rig.Cache.TryGet("k", out _));
    }

    [Fact]
    public async Task The_maker_comes_first_and_the_one_who_asks_fills_in_the_rest()
    {
        await _rig.Cache.SetAsync("k", "shared", new CacheEntryOptions { Sliding = 5 * Minute });
        var other = _rig.New();
        await other.GetOrAddAsync("k", _rig.LoadAsync, new CacheEntryOptions { Sliding = Minute, LocalTtl = 3 * Minute });
        await _rig.AdvanceAsync(2 * Minute);
        Assert.True(other.TryGet("k", out _));

        await _rig.AdvanceAsync(Minute);

        Assert.False(other.TryGet("k", out _));
        Assert.Equal(0, _rig.Loads);
    }

    [Fact]
    public async Task What_one_call_leaves_out_stays_with_that_call()
    {
        var made = 0;
        await using var cache = AkkaPerfCache.Create<string, string>("ahead", builder => builder.UseTime(_rig.Time).UseDistributed(_rig.Store!)
            .LoadWith((_, _) => ValueTask.FromResult($"loaded {Interlocked.Increment(ref made)}"))
            .Configure(options => (options.Ttl, options.Refresh.Ahead) = (10 * Minute, 1)));
        await cache.SetAsync("k", "shared");
        cache.Engine.Levels.First.Clear();

        // Looks without loading; a refresh ahead of what it found loads all the same.
        Assert.True((await cache.GetAsync("k")).HasValue);
        _rig.Time.Advance(TimeSpan.FromSeconds(541));

        await CacheRig.UntilAsync(() => cache.TryGet("k", out var value) && value == "loaded 1", "the refresh");
    }

    // Set in one process, found by another.
    private async Task<AkkaPerfCache<string, string>> ShareAsync(CacheEntryOptions options)
    {
        await _rig.Cache.SetAsync("k", "shared", options);
        var other = _rig.New();
        Assert.Equal("shared", (await other.GetAsync("k")).Value);
        return other;
    }
}
