using System.Buffers.Binary;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using CsCheck;

namespace AkkaPerf.Tests.Caching.Distributed;

public sealed class EnvelopeTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly L2Life Life = new(Now, Now.AddSeconds(30), Now.AddSeconds(60));

    private const string OldEnvelope =
        "414B5032010001008B5D9025B02BBD120000F8B4C848DE0800A3D9C6C848DE080046BBD8C848DE08030000000300000002000000040000004DF6BF726B0001007400010203";

    private readonly L2Counters _counters = new();

    [Fact]
    public void Whatever_is_written_is_read() => Gen
        .Select(Gen.String, Gen.String[0, 3000], Gen.String.Array[0, 5], Gen.Long[0, 4096])
        .Check(
            (key, text, tags, compressAbove) =>
            {
                // Half of the repetitions make it compressible.
                var value = System.Text.Encoding.UTF8.GetBytes(text + text + text);
                var envelope = Encode(key, value, tags, compressAbove);
                Assert.Equal(L2Rejection.None, Decode<byte[]>(envelope, key, out var read));
                Assert.Equal((L2ReadKind.Hit, Life), (read.Kind, read.Life));
                Assert.Equal(value, read.Value);
                Assert.Equal(tags, read.Tags);
            },
            iter: 2000);

    [Fact]
    public void What_is_special_about_an_entry_is_read_as_it_was_written()
    {
        var time = Gen.Long[1, long.MaxValue].Select(ticks => new TimeSpan(ticks)).Nullable();
        Gen.Select(Gen.Select(time, time, time), Gen.Select(time, time, time), Gen.Double[0, 1].Nullable(), Gen.Double[0, 0.5].Nullable(), Gen.Long[0, long.MaxValue].Nullable(), Gen.String.Array[0, 3])
            .Check(
                (lives, stale, eager, jitter, bytes, tags) =>
                {
                    var own = new CacheEntryOptions
                    {
                        Ttl = lives.Item1,
                        LocalTtl = lives.Item2,
                        Sliding = lives.Item3,
                        StaleWhileRevalidate = stale.Item1,
                        StaleIfError = stale.Item2,
                        SoftTimeout = stale.Item3,
                        Eager = eager,
                        Jitter = jitter,
                        Bytes = bytes,
                    };
                    var envelope = Encode("key", [1, 2, 3], tags, 1000, own);

                    Assert.Equal(L2Rejection.None, Decode<byte[]>(envelope, "key", out var read));
                    Assert.Equal(own, read.Life.Own);
                    Assert.Equal(tags, read.Tags);
                    Assert.Equal(tags.Length == 0 && own == new CacheEntryOptions() ? 60 + 6 + 2 + 3 : envelope.Length, envelope.Length);
                },
                iter: 1000);
    }

    [Fact]
    public void Settings_cover_every_option_but_what_concerns_one_call()
    {
        string[] written = ["Ttl", "LocalTtl", "Sliding", "StaleWhileRevalidate", "StaleIfError", "SoftTimeout", "Eager", "Jitter", "Bytes"];

        Assert.Equal([.. written, "Skip"], typeof(CacheEntryOptions).GetProperties().Where(property => property.CanWrite).Select(property => property.Name));
    }

    [Fact]
    public void Envelope_of_a_version_without_settings_is_read()
    {
        // Written before there were settings: for the key "k", tagged "t", with the bytes 1, 2, 3.
        var envelope = Encode("k", [1, 2, 3], ["t"], 1000);

        Assert.Equal((byte)0, envelope[5]);
        Assert.Equal(OldEnvelope, Convert.ToHexString(envelope));
        Assert.Equal(L2Rejection.None, Decode<byte[]>(Convert.FromHexString(OldEnvelope), "k", out var read));
        Assert.Null(read.Life.Own);
        Assert.Equal(["t"], read.Tags);
    }

    [Theory]
    [InlineData(0, 0x20)] // a field that is not there
    [InlineData(1, 0x02)] // a field that nobody knows
    [InlineData(9, 0x80)] // a life that is over before it begins
    public void Settings_that_cannot_be_are_a_miss(int at, byte value)
    {
        var envelope = Encode("k", [1], [], 1000, new CacheEntryOptions { Ttl = TimeSpan.FromMinutes(1) });
        envelope[60 + 2 + at] ^= value;
        Reseal(envelope);

        Assert.Equal(L2Rejection.Malformed, Decode<byte[]>(envelope, "k", out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_flipped_bit_is_a_miss(bool isCompressed)
    {
        var envelope = Encode("product:1", Compressible(500), ["red", "green"], isCompressed ? 100 : 10_000, new CacheEntryOptions { Eager = 0.5 });
        for (var bit = 0; bit < envelope.Length * 8; bit++)
        {
            var flipped = (byte[])envelope.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.NotEqual(L2Rejection.None, Decode<byte[]>(flipped, "product:1", out var read));
            Assert.Equal(L2ReadKind.Miss, read.Kind);
        }
    }

    [Fact]
    public void Every_truncated_or_prolonged_envelope_is_a_miss()
    {
        var envelope = Encode("product:1", Compressible(500), ["red"], 100, new CacheEntryOptions { Bytes = 1 });
        for (var length = 0; length < envelope.Length; length++)
        {
            Assert.NotEqual(L2Rejection.None, Decode<byte[]>(envelope[..length], "product:1", out _));
        }

        Assert.NotEqual(L2Rejection.None, Decode<byte[]>([.. envelope, 0], "product:1", out _));
    }

    [Fact]
    public void Every_byte_changed_and_sealed_again_is_no_exception()
    {
        var envelope = Encode("k", Compressible(300), ["red", "green"], 100, new CacheEntryOptions { Eager = 0.5, Ttl = TimeSpan.FromMinutes(1) });
        Gen.Select(Gen.Int[0, envelope.Length - 1], Gen.Byte, Gen.Int[0, envelope.Length - 1], Gen.Byte).Check(
            (at, value, otherAt, otherValue) =>
            {
                var changed = (byte[])envelope.Clone();
                (changed[at], changed[otherAt]) = (value, otherValue);
                Reseal(changed);

                Decode<byte[]>(changed, "k", out var read);
                Assert.True(read.Kind != L2ReadKind.Hit || read.Value!.Length <= 8 * 1024 * 1024);
            },
            iter: 20_000);
    }

    [Fact]
    public void Foreign_bytes_are_a_miss() => Gen.Byte.Array[0, 200].Check(bytes =>
        Assert.Equal(L2Rejection.Foreign, Decode<byte[]>(bytes, "k", out _)));

    [Theory]
    [InlineData(4, 2, L2Rejection.Version)] // another version
    [InlineData(5, 128, L2Rejection.Version)] // an unknown flag
    [InlineData(40, 255, L2Rejection.Malformed)] // raw length
    [InlineData(48, 255, L2Rejection.Malformed)] // key length
    [InlineData(6, 1, L2Rejection.Malformed)] // a tag more
    [InlineData(23, 255, L2Rejection.Malformed)] // made before all time
    [InlineData(8, 1, L2Rejection.Type)]
    public void Change_that_is_sealed_again_is_found_by_what_it_means(int at, byte value, object cause)
    {
        var envelope = Encode("key", [1, 2, 3], [], 1000);
        envelope[at] ^= value;
        Reseal(envelope);

        Assert.Equal((L2Rejection)cause, Decode<byte[]>(envelope, "key", out _));
    }

    [Fact]
    public void Another_keys_envelope_is_a_miss() =>
        Assert.Equal(L2Rejection.Key, Decode<byte[]>(Encode("one", [1], [], 1000), "two", out _));

    [Fact]
    public void Expired_at_its_last_instant()
    {
        var envelope = Encode("k", [1], [], 1000);

        Assert.Equal(L2Rejection.None, Decode<byte[]>(envelope, "k", out _, Life.ExpiresAt.AddTicks(-1)));
        Assert.Equal(L2Rejection.Expired, Decode<byte[]>(envelope, "k", out _, Life.ExpiresAt));
    }

    [Fact]
    public void Bomb_is_refused_before_it_is_decompressed()
    {
        var bomb = Bomb(rawLength: 4 * 1024 * 1024, claimed: 4 * 1024 * 1024);

        Assert.True(bomb.Length < 1000);
        Assert.Equal(L2Rejection.Compression, Decode<byte[]>(bomb, "k", out _));
    }

    [Fact]
    public void Bomb_that_claims_to_be_small_is_refused_while_it_is_decompressed() =>
        Assert.Equal(L2Rejection.Compression, Decode<byte[]>(Bomb(rawLength: 4 * 1024 * 1024, claimed: 2000), "k", out _));

    [Fact]
    public void Bomb_that_claims_to_be_larger_than_allowed_is_refused() =>
        Assert.Equal(L2Rejection.Oversized, Decode<byte[]>(Bomb(rawLength: 4 * 1024 * 1024, claimed: int.MaxValue), "k", out _));

    [Fact]
    public void Compressed_value_that_is_shorter_than_claimed_is_refused() =>
        Assert.Equal(L2Rejection.Compression, Decode<byte[]>(Bomb(rawLength: 1000, claimed: 1001), "k", out _));

    [Fact]
    public void What_shrinks_like_a_bomb_is_stored_as_it_is()
    {
        var value = new byte[100_000];
        var envelope = Encode("k", value, [], 100);

        Assert.True(envelope.Length > value.Length);
        Assert.Equal(L2Rejection.None, Decode<byte[]>(envelope, "k", out var read));
        Assert.Equal(value, read.Value);
    }

    [Fact]
    public void Compression_is_kept_only_where_it_gains()
    {
        var noise = new byte[20_000];
        new Random(1).NextBytes(noise);
        Encode("k", noise, [], 100);
        Assert.Equal(0, _counters.Compressed);

        Assert.True(Encode("k", Compressible(20_000), [], 100).Length < 18_000);
        Assert.Equal(1, _counters.Compressed);
        Encode("k", Compressible(20_000), [], 20_000);
        Assert.Equal(1, _counters.Compressed);
    }

    [Fact]
    public void Too_long_keys_and_tags_are_not_stored()
    {
        using var buffer = Codec(1000).CreateBuffer();
        Assert.Equal(L2Rejection.Oversized, Codec(1000).Encode(buffer, new string('k', 40_000), "v", Life, [], new TextSerializer()));
        using var other = Codec(1000).CreateBuffer();
        Assert.Equal(L2Rejection.Oversized, Codec(1000).Encode(other, "k", "v", Life, [new string('t', 40_000)], new TextSerializer()));
    }

    [Fact]
    public void Crc_is_the_one_of_rfc_3720()
    {
        // Appendix B.4: 32 bytes of zeroes, of ones, ascending.
        Assert.Equal(0x8A9136AAu, Crc32C.Finish(Crc32C.Append(Crc32C.Start, new byte[32])));
        Assert.Equal(0x62A8AB43u, Crc32C.Finish(Crc32C.Append(Crc32C.Start, [.. Enumerable.Repeat((byte)255, 32)])));
        byte[] ascending = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        Assert.Equal(0x46DD794Eu, Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Start, ascending.AsSpan(0, 13)), ascending.AsSpan(13))));
    }

    private static byte[] Compressible(int length)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, length).Select(_ => (byte)('a' + random.Next(8)))];
    }

    private static void Reseal(Span<byte> envelope) => BinaryPrimitives.WriteUInt32LittleEndian(
        envelope[56..],
        Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Start, envelope[..56]), envelope[60..])));

    private static EntryCodec Codec(long compressAbove, L2Counters? counters = null) =>
        new(new L2Options { CompressAbove = compressAbove, MaxPayload = 8 * 1024 * 1024 }, counters ?? new L2Counters());

    private static L2Rejection Decode<T>(byte[] envelope, string key, out L2Read<T> read, DateTimeOffset? now = null) =>
        Codec(1000).Decode(envelope, key, now ?? Now, Level.Serializer<T>(), out read);

    private static byte[] Bomb(int rawLength, int claimed)
    {
        var target = new byte[10_000];
        Assert.True(System.IO.Compression.BrotliEncoder.TryCompress(new byte[rawLength], target, out var length, quality: 11, window: 22));
        byte[] envelope = [.. new byte[EnvelopeHead.Size], .. "k\0"u8, .. target.AsSpan(0, length)];
        new EnvelopeHead
        {
            Flags = EnvelopeFlags.Compressed,
            Type = TypeMark<byte[]>.Value,
            Life = Life,
            RawLength = claimed,
            StoredLength = length,
            KeyLength = 2,
        }.Seal(envelope);
        return envelope;
    }

    private byte[] Encode(string key, byte[] value, string[] tags, long compressAbove, CacheEntryOptions? own = null)
    {
        var codec = Codec(compressAbove, _counters);
        using var buffer = codec.CreateBuffer();
        Assert.Equal(L2Rejection.None, codec.Encode(buffer, key, value, Life with { Own = own }, tags, new BytesSerializer()));
        return buffer.Span.ToArray();
    }
}
