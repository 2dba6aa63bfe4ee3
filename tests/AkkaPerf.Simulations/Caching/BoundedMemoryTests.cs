using AkkaPerf.Caching;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Simulations.Caching;

/// <summary>What a first level occupies; alone in the process, since the heap is everybody's.</summary>
[Collection(nameof(Alone))]
public sealed class BoundedMemoryTests
{
    private const int Distinct = 1_000_000;

    [Theory]
    [InlineData(L1Store.Native, 1_000_000)]
    [InlineData(L1Store.MemoryCache, 2_000_000)]
    public void A_million_distinct_keys_leave_no_more_behind_than_the_capacity(L1Store store, long most)
    {
        using var cache = new LocalCache<int>(new L1Options { Capacity = 1_000, Store = store }, TimeProvider.System, random: new Random(1));
        Fill(cache, 2_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Fill(cache, Distinct);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, -most, most);
        Assert.Equal(1_000, cache.Count);
        GC.KeepAlive(cache);
    }

    [Fact]
    public void An_entry_costs_at_most_150_bytes_beside_its_key_and_value()
    {
        const int Entries = 1_000_000;
        using var cache = new LocalCache<string>(new L1Options { Capacity = Entries, MaxBytes = 1L << 40 }, TimeProvider.System);
        var keys = new string[Entries];
        for (var i = 0; i < Entries; i++)
        {
            keys[i] = $"key{i}";
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var key in keys)
        {
            cache.Set(key, new CacheEntry<string>("value", EntryLife.Endless, 5));
        }

        Assert.InRange((double)(GC.GetTotalMemory(forceFullCollection: true) - before) / Entries, 1, 150);
        GC.KeepAlive(keys);
    }

    [Fact]
    public void A_large_capacity_costs_nothing_before_it_is_used()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        using var cache = new LocalCache<int>(new L1Options { Capacity = 100_000_000 }, TimeProvider.System);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void A_hit_and_replacing_an_entry_allocate_nothing()
    {
        using var cache = new LocalCache<string>(new L1Options { Capacity = 1_000 }, TimeProvider.System);
        var keys = Enumerable.Range(0, 1_000).Select(i => $"key{i}").ToArray();
        var entry = new CacheEntry<int>(1, EntryLife.Endless, 1);
        long allocated = 0;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var key in keys)
            {
                cache.Set(key, entry);
                cache.Find(key, out _);
                cache.Find(key.AsSpan(), 0);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    private static void Fill(LocalCache<int> cache, int keys)
    {
        for (var i = 0; i < keys; i++)
        {
            cache.Set(i, new CacheEntry<int>(i, EntryLife.Endless, 8));
        }
    }

    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;
}
