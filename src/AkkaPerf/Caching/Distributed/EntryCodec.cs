using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Makes envelopes of values, and values of envelopes; whatever is wrong with either is an answer, never an exception.</summary>
internal sealed class EntryCodec
{
    // Key and tags; more is not worth storing.
    private const int MaxExtra = 64 * 1024;

    private readonly int _maxPayload;
    private readonly int _compressAbove;
    private readonly L2Counters _counters;

    public EntryCodec(L2Options options, L2Counters counters)
        : this(options, counters, (int)options.MaxPayload)
    {
    }

    /// <param name="options">When to compress.</param>
    /// <param name="counters">Told of what is compressed.</param>
    /// <param name="maxPayload">Larger values are refused.</param>
    public EntryCodec(L2Options options, L2Counters counters, int maxPayload)
    {
        _maxPayload = maxPayload;
        _compressAbove = (int)options.CompressAbove;
        _counters = counters;
    }

    /// <summary>A buffer that takes the largest envelope, and refuses a larger one.</summary>
    public PooledBuffer CreateBuffer() => new(EnvelopeHead.Size + MaxExtra + _maxPayload);

    /// <summary>Writes a value's envelope into an empty buffer.</summary>
    public L2Rejection Encode<TValue>(
        PooledBuffer buffer, string key, TValue value, in L2Life life, IReadOnlyList<string> tags, IHybridCacheSerializer<TValue> serializer)
    {
        if (life.MadeAt > life.FreshUntil || life.FreshUntil > life.ExpiresAt)
        {
            return L2Rejection.Malformed;
        }

        if (key.Length > MaxExtra / sizeof(char))
        {
            return L2Rejection.Oversized;
        }

        try
        {
            buffer.Take(EnvelopeHead.Size).Clear();
            MemoryMarshal.AsBytes(key.AsSpan()).CopyTo(buffer.Take(key.Length * sizeof(char)));
            var tagsAt = buffer.Length;
            if (life.Own is not null)
            {
                EnvelopeSettings.Write(buffer, life.Own);
            }

            if (!EnvelopeTags.TryWrite(buffer, tags) || buffer.Length > EnvelopeHead.Size + MaxExtra)
            {
                return L2Rejection.Oversized;
            }

            var valueAt = buffer.Length;
            if (value is not null)
            {
                serializer.Serialize(value, buffer);
            }

            var rawLength = buffer.Length - valueAt;
            if (rawLength > _maxPayload)
            {
                return L2Rejection.Oversized;
            }

            var isCompressed = rawLength > _compressAbove && Compression.TryCompress(buffer, valueAt);
            var head = new EnvelopeHead
            {
                Flags = (isCompressed ? EnvelopeFlags.Compressed : EnvelopeFlags.None)
                    | (value is null ? EnvelopeFlags.Null : EnvelopeFlags.None)
                    | (life.Own is null ? EnvelopeFlags.None : EnvelopeFlags.Special),
                TagCount = (ushort)tags.Count,
                Type = TypeMark<TValue>.Value,
                Life = life,
                RawLength = rawLength,
                StoredLength = buffer.Length - valueAt,
                KeyLength = tagsAt - EnvelopeHead.Size,
                TagsLength = valueAt - tagsAt,
            };
            head.Seal(buffer.Span);
            if (isCompressed)
            {
                _counters.Add(L2Count.Compressed);
                _counters.Add(L2Count.CompressionSaved, head.RawLength - head.StoredLength);
            }

            return L2Rejection.None;
        }
        catch (Exception)
        {
            // A serializer is the user's: its failure is this value's alone.
            return buffer.IsOverrun ? L2Rejection.Oversized : L2Rejection.Serializer;
        }
    }

    /// <summary>Reads a value from an envelope, which must be for this key and alive.</summary>
    public L2Rejection Decode<TValue>(
        ReadOnlyMemory<byte> envelope, string key, DateTimeOffset now, IHybridCacheSerializer<TValue> serializer, out L2Read<TValue> read)
    {
        read = L2Read<TValue>.Miss;
        var rejection = EnvelopeHead.TryRead(envelope.Span, out var head);
        if (rejection == L2Rejection.None)
        {
            rejection = Check<TValue>(envelope.Span, head, key, now);
        }

        var valueAt = EnvelopeHead.Size + head.KeyLength + head.TagsLength;
        if (rejection != L2Rejection.None)
        {
            return rejection;
        }

        CacheEntryOptions? own = null;
        var described = envelope.Span[(EnvelopeHead.Size + head.KeyLength)..valueAt];
        if ((head.Flags.HasFlag(EnvelopeFlags.Special) && !EnvelopeSettings.TryRead(described, out own, out described))
            || !EnvelopeTags.TryRead(described, head.TagCount, out var tags))
        {
            return L2Rejection.Malformed;
        }

        rejection = ReadValue(envelope[valueAt..], head, serializer, out var value);
        if (rejection == L2Rejection.None)
        {
            read = new L2Read<TValue>(L2ReadKind.Hit, value, head.Life with { Own = own }, tags);
        }

        return rejection;
    }

    private L2Rejection Check<TValue>(ReadOnlySpan<byte> envelope, in EnvelopeHead head, string key, DateTimeOffset now)
    {
        if (!envelope.Slice(EnvelopeHead.Size, head.KeyLength).SequenceEqual(MemoryMarshal.AsBytes(key.AsSpan())))
        {
            return L2Rejection.Key;
        }

        if (head.Type != TypeMark<TValue>.Value)
        {
            return L2Rejection.Type;
        }

        if (head.RawLength > _maxPayload)
        {
            return L2Rejection.Oversized;
        }

        return head.Life.ExpiresAt <= now ? L2Rejection.Expired : L2Rejection.None;
    }

    private static L2Rejection ReadValue<TValue>(
        ReadOnlyMemory<byte> stored, in EnvelopeHead head, IHybridCacheSerializer<TValue> serializer, out TValue? value)
    {
        value = default;
        if (head.Flags.HasFlag(EnvelopeFlags.Null))
        {
            return head.RawLength == 0 && value is null ? L2Rejection.None : L2Rejection.Malformed;
        }

        if (!head.Flags.HasFlag(EnvelopeFlags.Compressed))
        {
            return TryDeserialize(stored, serializer, out value) ? L2Rejection.None : L2Rejection.Serializer;
        }

        if (Compression.IsBomb(head.RawLength, head.StoredLength))
        {
            return L2Rejection.Compression;
        }

        var raw = ArrayPool<byte>.Shared.Rent(head.RawLength);
        try
        {
            if (!Compression.TryDecompress(stored.Span, raw.AsSpan(0, head.RawLength)))
            {
                return L2Rejection.Compression;
            }

            return TryDeserialize(raw.AsMemory(0, head.RawLength), serializer, out value) ? L2Rejection.None : L2Rejection.Serializer;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
        }
    }

    private static bool TryDeserialize<TValue>(ReadOnlyMemory<byte> raw, IHybridCacheSerializer<TValue> serializer, out TValue? value)
    {
        try
        {
            value = serializer.Deserialize(new ReadOnlySequence<byte>(raw));
            return true;
        }
        catch (Exception)
        {
            // Whatever it could not read, it is not to be read again: the caller deletes it.
            value = default;
            return false;
        }
    }
}
