using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class SkipTests : IAsyncDisposable
{
    private readonly CacheRig _rig = new(hasSecond: true);

    private AkkaPerfCache<string, string> Cache => _rig.Cache;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Without_a_local_read_the_second_level_is_asked()
    {
        await Cache.SetAsync("k", "v");

        Assert.Equal("v", await GetAsync(CacheSkip.LocalRead));

        Assert.Equal((0, 0, 1), (_rig.Loads, Cache.Statistics.LocalHits, Cache.Statistics.DistributedHits));
    }

    [Fact]
    public async Task Without_a_local_write_only_the_second_level_has_it()
    {
        await GetAsync(CacheSkip.LocalWrite);
        await Cache.Engine.Levels.FlushAsync();

        Assert.False(Cache.TryGet("k", out _));
        Assert.Equal("value of k", (await _rig.New().GetAsync("k")).Value);
    }

    [Fact]
    public async Task Without_a_local_write_what_the_second_level_brings_is_not_kept_either()
    {
        await Cache.SetAsync("k", "v", new CacheEntryOptions { Skip = CacheSkip.LocalWrite });

        Assert.Equal("v", await GetAsync(CacheSkip.LocalWrite));

        Assert.False(Cache.TryGet("k", out _));
        Assert.Equal(0, _rig.Loads);
    }

    [Fact]
    public async Task Without_a_distributed_read_the_source_is_asked()
    {
        await _rig.New().SetAsync("k", "v");

        Assert.Equal("value of k", await GetAsync(CacheSkip.DistributedRead));
    }

    [Fact]
    public async Task Without_a_distributed_write_only_the_first_level_has_it()
    {
        await GetAsync(CacheSkip.DistributedWrite);
        await Cache.SetAsync("set", "v", new CacheEntryOptions { Skip = CacheSkip.DistributedWrite });
        await Cache.Engine.Levels.FlushAsync();

        Assert.True(Cache.TryGet("k", out _));
        Assert.True(Cache.TryGet("set", out _));
        var other = _rig.New();
        Assert.False((await other.GetAsync("k")).HasValue);
        Assert.False((await other.GetAsync("set")).HasValue);
    }

    [Fact]
    public async Task Without_a_load_what_is_not_known_stays_unknown()
    {
        Assert.Null(await GetAsync(CacheSkip.Load));
        Assert.Equal(0, _rig.Loads);
        Assert.False(Cache.TryGet("k", out _));

        await _rig.New().SetAsync("k", "v");
        Assert.Equal("v", await GetAsync(CacheSkip.Load));
        Assert.Equal(0, _rig.Loads);
    }

    private ValueTask<string> GetAsync(CacheSkip skip) => Cache.GetOrAddAsync("k", _rig.LoadAsync, new CacheEntryOptions { Skip = skip });
}
