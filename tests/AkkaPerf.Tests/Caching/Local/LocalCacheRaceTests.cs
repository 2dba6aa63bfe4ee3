using AkkaPerf.Caching;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Tests.Caching.Local;

/// <summary>Many threads at once, a hundred times; afterwards everything must add up.</summary>
public sealed class LocalCacheRaceTests
{
    private const int Rounds = 100;
    private const int Threads = 4;
    private const int Keys = 300;

    private static readonly string[] Names = [.. Enumerable.Range(0, Keys).Select(i => $"k{i}")];

    [Theory]
    [InlineData(L1Store.Native)]
    [InlineData(L1Store.MemoryCache)]
    public async Task Among_threads_every_key_has_its_own_value_and_the_figures_are_those_of_the_entries(L1Store store)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var options = new L1Options { Capacity = 50 + round, MaxBytes = 60_000, Store = store };
            using var cache = new LocalCache<string>(options, TimeProvider.System, random: new Random(round));
            await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() => Work(cache, options, (round * Threads) + thread))));

            Integrity.Check(cache);
            var count = cache.Count;
            Assert.Equal(count, Names.Count(cache.Remove));
            Assert.Equal((0, 0), (cache.Count, cache.Bytes));
        }
    }

    [Theory]
    [InlineData(L1Store.Native)]
    [InlineData(L1Store.MemoryCache)]
    public async Task What_nobody_touches_is_always_found_while_others_come_and_go(L1Store store)
    {
        // Room for all: the table grows, slots are emptied and filled again, and the fixed one's chain changes all the time.
        var options = new L1Options { Capacity = 100_000, Store = store };
        using var cache = new LocalCache<string>(options, TimeProvider.System, random: new Random(1));
        cache.Set("fixed", new CacheEntry<string>("fixed", EntryLife.Endless, 1));
        var writers = Enumerable.Range(0, 2).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 40_000; i++)
            {
                cache.Set($"{thread}:{i}", new CacheEntry<string>("other", EntryLife.Endless, 1));
                cache.Remove($"{thread}:{i - (i % 3 == 0 ? 0 : 50)}");
            }
        })).ToArray();

        var all = Task.WhenAll(writers);
        while (!all.IsCompleted)
        {
            Assert.Equal("fixed", (cache.Find("fixed", 0) as CacheEntry<string>)?.Value);
        }

        await all;
        Integrity.Check(cache);
    }

    private static void Work(LocalCache<string> cache, L1Options options, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 1_500; i++)
        {
            var key = Names[random.Next(Keys)];
            var now = TimeProvider.System.GetTimestamp();
            switch (random.Next(20))
            {
                case 0:
                    cache.Remove(key);
                    break;
                case 1 when random.Next(50) == 0:
                    cache.Clear();
                    break;
                case 2 when random.Next(10) == 0:
                    cache.RemoveWhere((name, _) => name == key);
                    break;
                case 3:
                    Assert.True(cache.Hottest(3).Count <= 3);
                    break;
                case < 9:
                    var life = EntryLife.Until(random.Next(4) == 0 ? now + random.Next(1_000_000) : long.MaxValue);
                    var sliding = random.Next(4) == 0 ? 100_000 : 0;
                    cache.Set(key, new CacheEntry<string>(key, life, random.Next(1_000)) { Sliding = sliding });
                    break;
                default:
                    var found = (random.Next(2) == 0 ? cache.Find(key, now) : cache.Find(key.AsSpan(), now)) as CacheEntry<string>;
                    Assert.True(found is null || (found.Value == key && found.Life.ExpiresAt > now));
                    break;
            }

            Assert.InRange(cache.Count, 0, options.Capacity);
            Assert.InRange(cache.Bytes, 0, options.MaxBytes);
        }
    }
}
