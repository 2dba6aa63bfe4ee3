using AkkaPerf.Caching;
using AkkaPerf.Caching.Warming;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class RefreshAheadTests : IAsyncDisposable
{
    private readonly CacheRig _rig = new(options => options.Ttl = TimeSpan.FromSeconds(100));

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task A_key_that_cannot_be_refreshed_stops_neither_the_others_nor_the_process()
    {
        var refreshed = new List<string>();
        await _rig.GetAsync("bad");
        await _rig.GetAsync("good");
        using var ahead = new RefreshAhead<string>(_rig.Cache.Engine.Levels, 2, _rig.Time, (key, _) => refreshed.Add(key == "bad" ? throw new InvalidDataException() : key));

        // The timer's callbacks run here: what they throw would come out here.
        Advance(seconds: 98);

        Assert.Equal(["good"], refreshed.Distinct());
        Assert.Equal(refreshed.Count, _rig.Cache.Statistics.Refreshes);
    }

    [Fact]
    public async Task A_first_level_that_is_disposed_of_ends_nothing_else()
    {
        var cache = AkkaPerfCache.Create<string, string>(
            "over", builder => builder.UseTime(_rig.Time).Configure(options => options.L1.Store = L1Store.MemoryCache));
        await cache.SetAsync("k", "v");
        using var ahead = new RefreshAhead<string>(cache.Engine.Levels, 1, _rig.Time, (_, _) => { });

        await cache.DisposeAsync();

        Advance(seconds: 2);
    }

    private void Advance(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _rig.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
