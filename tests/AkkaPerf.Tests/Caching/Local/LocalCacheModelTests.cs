using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching.Local;

/// <summary>Random operations against a dictionary that knows what may be found; who is evicted is the cache's business.</summary>
public sealed class LocalCacheModelTests
{
    private const int Keys = 24;

    private enum Operation
    {
        Set,
        Find,
        FindOut,
        FindCharacters,
        Peek,
        Remove,
        RemoveExpected,
        RemoveWhere,
        Advance,
        Clear,
    }

    [Theory]
    [InlineData(L1Store.Native)]
    [InlineData(L1Store.MemoryCache)]
    public void Never_finds_what_expired_was_removed_or_replaced_and_keeps_its_bounds(L1Store store)
    {
        // By how often they come.
        Operation[] operations =
        [
            .. Enumerable.Repeat(Operation.Set, 30), .. Enumerable.Repeat(Operation.Find, 20), .. Enumerable.Repeat(Operation.FindOut, 8),
            .. Enumerable.Repeat(Operation.FindCharacters, 8), .. Enumerable.Repeat(Operation.Peek, 8), .. Enumerable.Repeat(Operation.Remove, 5),
            .. Enumerable.Repeat(Operation.RemoveExpected, 5), Operation.RemoveWhere, .. Enumerable.Repeat(Operation.Advance, 12), Operation.Clear,
        ];
        var operation = Gen.Int[0, operations.Length - 1].Select(i => operations[i]);
        var step = Gen.Select(operation, Gen.Int[0, Keys - 1], Gen.Int[0, 1_500], Gen.Int[0, 5_000], Gen.Int[0, 3]);
        Gen.Select(Gen.Int[1, 16], Gen.Int[1_024, 12_000], Gen.Int[0, 1_000], step.Array[1, 200])
            .Check((capacity, maxBytes, seed, steps) => Run(store, capacity, maxBytes, seed, steps), iter: 400);
    }

    private static void Run(L1Store store, int capacity, int maxBytes, int seed, (Operation Operation, int Key, int Bytes, int Milliseconds, int Kind)[] steps)
    {
        var time = new FakeTimeProvider();
        using var cache = new LocalCache<string>(
            new L1Options { Capacity = capacity, MaxBytes = maxBytes, Store = store }, time, random: new Random(seed));
        var model = new Dictionary<string, (CacheEntry Entry, long FoundAt)>();
        foreach (var (operation, number, bytes, milliseconds, kind) in steps)
        {
            var key = $"key{number}";
            var now = time.GetTimestamp();
            switch (operation)
            {
                case Operation.Set:
                    var entry = new CacheEntry<int>(number, LifeOf(kind, now, milliseconds), bytes) { Sliding = SlidingOf(kind, milliseconds) };
                    cache.Set(key, entry);
                    model[key] = (entry, now);
                    // Not refused: unless it is too heavy or over already, it is found.
                    Assert.True(
                        ReferenceEquals(cache.Peek(key, now), entry) || entry.Life.ExpiresAt <= now || bytes + 500 > maxBytes,
                        "what was just set is found");
                    break;
                case Operation.Find:
                    Found(cache.Find(key, now), counts: true);
                    break;
                case Operation.FindOut:
                    Found(cache.Find(key, out _), counts: true);
                    break;
                case Operation.FindCharacters:
                    Found(cache.Find(key.AsSpan(), now), counts: true);
                    break;
                case Operation.Peek:
                    Found(cache.Peek(key, now), counts: false);
                    break;
                case Operation.Remove:
                    Assert.True(!cache.Remove(key) || model.ContainsKey(key));
                    model.Remove(key);
                    break;
                case Operation.RemoveExpected:
                    if (model.TryGetValue(key, out var known))
                    {
                        Assert.False(cache.Remove(key, new CacheEntry<int>(0, EntryLife.Endless, 0)));
                        cache.Remove(key, known.Entry);
                        model.Remove(key);
                    }

                    break;
                case Operation.RemoveWhere:
                    cache.RemoveWhere((_, candidate) => candidate.Bytes % 3 == kind);
                    foreach (var gone in model.Where(pair => pair.Value.Entry.Bytes % 3 == kind).Select(pair => pair.Key).ToArray())
                    {
                        model.Remove(gone);
                    }

                    break;
                case Operation.Advance:
                    time.Advance(TimeSpan.FromMilliseconds(milliseconds * (kind == 3 ? 1_000 : 1)));
                    break;
                case Operation.Clear:
                    cache.Clear();
                    model.Clear();
                    Assert.Equal(0, cache.Count);
                    break;
            }

            Assert.InRange(cache.Count, 0, capacity);
            Assert.InRange(cache.Bytes, 0, maxBytes);

            void Found(CacheEntry? found, bool counts)
            {
                if (found is null)
                {
                    return;
                }

                var (entry, foundAt) = model[key];
                Assert.Same(entry, found);
                Assert.True(entry.Life.ExpiresAt > now);
                Assert.True(entry.Sliding == 0 || now - foundAt < entry.Sliding);
                if (counts)
                {
                    model[key] = (entry, now);
                }
            }
        }

        Integrity.Check(cache);
    }

    private static EntryLife LifeOf(int kind, long now, int milliseconds) =>
        kind is 0 or 2 ? EntryLife.Endless : EntryLife.Until(now + TimeSpan.FromMilliseconds(milliseconds).Ticks);

    private static long SlidingOf(int kind, int milliseconds) => kind switch
    {
        0 or 1 => 0,
        2 => 1 + TimeSpan.FromMilliseconds(milliseconds).Ticks,
        _ => 1 + (TimeSpan.FromMilliseconds(milliseconds).Ticks / 2),
    };
}
