using AkkaPerf.Caching;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class LocalTtlTests : IAsyncDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly CacheRig _rig = new(options => options.Ttl = 10 * Minute, hasSecond: true);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task LocalTtl_ends_an_entry_in_the_first_level_and_not_in_the_second()
    {
        await _rig.Cache.SetAsync("k", "v", new CacheEntryOptions { LocalTtl = Minute });
        await _rig.AdvanceAsync(Minute - TimeSpan.FromTicks(1));
        Assert.True(_rig.Cache.TryGet("k", out _));

        await _rig.AdvanceAsync(TimeSpan.FromTicks(1));

        Assert.False(_rig.Cache.TryGet("k", out _));
        Assert.Equal("v", await _rig.GetAsync());
        Assert.Equal((0, 1), (_rig.Loads, _rig.Cache.Statistics.DistributedHits));
    }

    [Fact]
    public async Task LocalCacheExpiration_ends_an_entry_in_the_first_level_and_not_in_the_second()
    {
        var hybrid = AkkaPerfCache.CreateHybrid("test", builder => builder.UseTime(_rig.Time).UseDistributed(_rig.Store!));
        await hybrid.SetAsync("k", "v", new HybridCacheEntryOptions { Expiration = 10 * Minute, LocalCacheExpiration = Minute });

        _rig.Time.Advance(Minute);

        Assert.Equal("v", await hybrid.GetOrCreateAsync("k", static _ => ValueTask.FromResult("loaded")));
        await ((IAsyncDisposable)hybrid).DisposeAsync();
    }
}
