using System.Buffers;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What the second level makes of stored responses, and of bytes that are none.</summary>
public sealed class StoredSetSerializerTests
{
    private const int Sets = 100;
    private const int Damages = 50;

    // Far above the largest set that is made here.
    private const long MostBytes = 1024 * 1024;

    private readonly CacheClock _clock = new(new StillTime());

    [Fact]
    public void Any_set_comes_back_as_it_was()
    {
        for (var seed = 0; seed < Sets; seed++)
        {
            var set = Any(new Random(seed));
            var back = Read(Write(set));
            Assert.Equal(set.Variants.Length, back.Variants.Length);
            for (var i = 0; i < set.Variants.Length; i++)
            {
                AssertSame(set.Variants[i], back.Variants[i], $"seed {seed}, variant {i}");
            }
        }
    }

    [Fact]
    public void What_is_cut_off_or_goes_on_is_refused()
    {
        var whole = Write(Any(new Random(1)));
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(TryRead(whole[..length], out _), $"{length} of {whole.Length} bytes");
        }

        Assert.False(TryRead([.. whole, 0], out _));
    }

    [Fact]
    public void What_is_damaged_is_refused_or_is_a_set_and_takes_no_room_that_it_does_not_fill()
    {
        for (var seed = 0; seed < Sets; seed++)
        {
            var random = new Random(seed);
            var whole = Write(Any(random));
            for (var damage = 0; damage < Damages; damage++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                if (TryRead(Damaged(whole, random), out var set))
                {
                    AssertUsable(set, $"seed {seed}, damage {damage}");
                }

                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostBytes, $"seed {seed}, damage {damage}");
            }
        }
    }

    [Fact]
    public void A_set_of_nothing_is_refused()
    {
        var whole = Write(new StoredSet(Any(new Random(1)).Variants[0]));
        var name = whole[1];
        Assert.False(TryRead([.. whole[..(2 + name)], 0], out _));
    }

    [Fact]
    public async Task Whatever_is_damaged_in_the_second_level_is_a_miss()
    {
        const int Entries = 40;
        var random = new Random(7);
        var store = new OpenStore();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=3600|ETag: \"a\"|Surrogate-Key: one", $"of {connection.Head.Split(' ')[1]}"));
            connection.Close();
        });
        await using (var first = await Proxy.WithStoreAsync(store, "timeout = 1h", configure: null, origin.Address))
        {
            for (var i = 0; i < Entries; i++)
            {
                await GetAsync(first, i);
            }

            await Until.TrueAsync(() => store.Entries.Count(one => one.Key.Contains("http", StringComparison.Ordinal)) == Entries, "all are stored");
        }

        foreach (var (key, bytes) in store.Entries.Where(static one => one.Key.Contains("http", StringComparison.Ordinal) && !one.Key.EndsWith("/0", StringComparison.Ordinal)).ToArray())
        {
            store.Entries[key] = Damaged(bytes, random);
        }

        await using var second = await Proxy.WithStoreAsync(store, "timeout = 1h", configure: null, origin.Address);
        Assert.Contains("AkkaPerf; hit", await GetAsync(second, 0), StringComparison.Ordinal);
        for (var i = 1; i < Entries; i++)
        {
            var answer = await GetAsync(second, i);
            Assert.Contains("Cache-Status: AkkaPerf; fwd=uri-miss; stored", answer, StringComparison.Ordinal);
            Assert.EndsWith($"\r\n\r\nof /{i}", answer, StringComparison.Ordinal);
        }

        Assert.Equal((2 * Entries) - 1, origin.Heads.Count);

        static Task<string> GetAsync(Proxy proxy, int i) => RawConnection.AskAsync(proxy.Address, $"GET /{i} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    }

    private static byte[] Damaged(byte[] whole, Random random)
    {
        var damaged = whole.ToArray();
        switch (random.Next(5))
        {
            case 0:
                return damaged[..random.Next(damaged.Length)];
            case 1:
                return [.. damaged, (byte)random.Next(256)];
            case 2:
                // A length that is as large as can be.
                var at = random.Next(damaged.Length);
                damaged.AsSpan(at, Math.Min(4, damaged.Length - at)).Fill((byte)(random.Next(2) == 0 ? 0x7f : 0xff));
                return damaged.AsSpan().SequenceEqual(whole) ? damaged[1..] : damaged;
            default:
                for (var i = random.Next(1, 4); i > 0; i--)
                {
                    damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                }

                return damaged.AsSpan().SequenceEqual(whole) ? damaged[1..] : damaged;
        }
    }

    private static void AssertUsable(StoredSet set, string which)
    {
        Assert.True(set.Variants.Length > 0, which);
        Assert.True(set.Bytes > 0, which);
        foreach (var variant in set.Variants)
        {
            Assert.True(variant.StatusCode is >= 100 and < 1000, which);
            Assert.False(variant.Head.Variance.Matches("no such scope", new FieldSnapshot(new Microsoft.AspNetCore.Http.HeaderDictionary())), which);
            _ = variant.Head.Variance.Matches(variant.Head.Variance.Scope, new FieldSnapshot(new Microsoft.AspNetCore.Http.HeaderDictionary()));
        }
    }

    private static void AssertSame(StoredResponse one, StoredResponse other, string which)
    {
        Assert.Equal(one.Head with { Fields = [], Variance = null!, Tags = [] }, other.Head with { Fields = [], Variance = null!, Tags = [] });
        Assert.Equal(one.Head.Fields, other.Head.Fields);
        Assert.Equal(one.Head.Tags, other.Head.Tags);
        Assert.True(one.Head.Variance.IsSame(other.Head.Variance), which);
        Assert.Equal(one.Trailers, other.Trailers);
        Assert.True(one.Body.Span.SequenceEqual(other.Body.Span), which);
        Assert.Equal(one.Name, other.Name);
    }

    private StoredSet Any(Random random) => new([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => AnyResponse(random))]);

    private StoredResponse AnyResponse(Random random)
    {
        var body = new byte[random.Next(300)];
        random.NextBytes(body);
        string[] names = [.. Many(random, 3).Select(static name => "X-" + name)];
        var head = new StoredHead
        {
            Status = random.Next(200, 600),
            Reason = Maybe(random),
            Version = new Version(random.Next(1, 4), random.Next(2)),
            Fields = [.. Many(random, 6).Select(name => new KeyValuePair<string, StringValues>(name, new StringValues([.. Many(random, 3)])))],
            Variance = new Variance(Text(random), names, [.. names.Select(_ => Maybe(random))]),
            Tags = [.. Many(random, 3)],
            ETag = Maybe(random),
            LastModified = Maybe(random),
            LastModifiedAt = random.Next(2) == 0 ? null : new DateTimeOffset(2026, 1, 1, 0, 0, random.Next(60), TimeSpan.Zero),
            Rules = new Storability(Span(), Is(), Is(), Is(), Is(), Maybe(random), Span(), Span()),
            BornAt = Moment(-1),
            AskedAt = Moment(-1),
            FreshUntil = Moment(1),
            RevalidateUntil = Moment(1),
            ErrorUntil = Moment(1),
            KeepUntil = Moment(1),
        };
        return new StoredResponse(
            head, body, [.. Many(random, 2).Select(name => new KeyValuePair<string, StringValues>(name, Text(random)))], _clock, "AkkaPerf");

        bool Is() => random.Next(2) == 0;

        TimeSpan Span() => TimeSpan.FromSeconds(random.Next(100_000));

        long Moment(int sign) => _clock.Now + (sign * _clock.Ticks(TimeSpan.FromSeconds(random.Next(100_000))));
    }

    private static string[] Many(Random random, int most) => Enumerable.Range(0, random.Next(most + 1)).Select(_ => Text(random)).ToArray();

    private static string? Maybe(Random random) => random.Next(3) == 0 ? null : Text(random);

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => (char)random.Next(' ', 'ÿ')));

    private byte[] Write(StoredSet set)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new StoredSetSerializer(_clock).Serialize(set, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private StoredSet Read(byte[] bytes) => (StoredSet)new StoredSetSerializer(_clock).Deserialize(new ReadOnlySequence<byte>(bytes));

    // Any exception is a miss to the second level; one for want of memory would be everybody's.
    private bool TryRead(byte[] bytes, out StoredSet set)
    {
        try
        {
            set = Read(bytes);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            set = null!;
            return false;
        }
    }
}
