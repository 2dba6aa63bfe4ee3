using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class HitTests
{
    private const int Calls = 20_000;

    [Fact]
    public Task Hits_by_text_allocate_nothing() => AssertHitsAllocateNothingAsync(i => "key" + i);

    [Fact]
    public Task Hits_by_number_allocate_nothing() => AssertHitsAllocateNothingAsync(i => i);

    [Fact]
    public Task Hits_by_guid_allocate_nothing() => AssertHitsAllocateNothingAsync(i => new Guid(i, 0, 0, new byte[8]));

    [Fact]
    public async Task The_hottest_come_first_and_say_how_often_they_were_found()
    {
        await using var cache = AkkaPerfCache.Create<string, string>("hottest");
        foreach (var (key, hits) in new[] { ("cold", 0), ("hot", 9), ("warm", 4) })
        {
            await cache.SetAsync(key, key);
            for (var i = 0; i < hits; i++)
            {
                Assert.True(cache.TryGet(key, out _));
            }
        }

        Assert.Equal([new("hot", 9), new("warm", 4), new("cold", 0)], cache.Hottest(10));
        Assert.Equal([new KeyHits<string>("hot", 9)], cache.Hottest(1));
        Assert.Empty(cache.Hottest(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Hottest(-1));
    }

    [Fact]
    public async Task Looking_for_the_hottest_is_no_hit()
    {
        await using var cache = AkkaPerfCache.Create<string, string>("hottest");
        await cache.SetAsync("k", "v");

        cache.Hottest(1);

        Assert.Equal(0, Assert.Single(cache.Hottest(1)).Hits);
        Assert.Equal(0, cache.Statistics.LocalHits);
    }

    private static async Task AssertHitsAllocateNothingAsync<TKey>(Func<int, TKey> keyOf)
        where TKey : notnull
    {
        await using var cache = AkkaPerfCache.Create<TKey, string>("hits");
        var keys = Enumerable.Range(0, 100).Select(keyOf).ToArray();
        foreach (var key in keys)
        {
            await cache.SetAsync(key, "v");
        }

        // The first round is the warm-up.
        var (byTryGet, byGetOrAdd) = (0L, 0L);
        for (var round = 0; round < 2; round++)
        {
            byTryGet = TryGetAll(cache, keys);
            byGetOrAdd = await GetOrAddAllAsync(cache, keys);
        }

        // Less than one byte a call: none of them allocates.
        Assert.InRange(byTryGet, 0, Calls - 1);
        Assert.InRange(byGetOrAdd, 0, Calls - 1);
        Assert.Equal((4 * Calls, 0), (cache.Statistics.LocalHits, cache.Statistics.Loads));
    }

    private static long TryGetAll<TKey>(AkkaPerfCache<TKey, string> cache, TKey[] keys)
        where TKey : notnull
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++)
        {
            cache.TryGet(keys[i % keys.Length], out _);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    // Hits end at once: it is one thread from beginning to end.
    private static async Task<long> GetOrAddAllAsync<TKey>(AkkaPerfCache<TKey, string> cache, TKey[] keys)
        where TKey : notnull
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++)
        {
            await cache.GetOrAddAsync(keys[i % keys.Length], static (_, _) => ValueTask.FromResult("loaded"));
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
