using System.Buffers.Binary;
using System.Numerics;

namespace AkkaPerf.Caching.Distributed;

/// <summary>What is special about an entry, as its envelope repeats it: which fields, 2 bytes, then each of them in 8.</summary>
/// <remarks>Times in ticks, parts as doubles. What concerns one call only, such as what it leaves out, is not written.</remarks>
internal static class EnvelopeSettings
{
    private const int Fields = 9;

    /// <summary>Writes them.</summary>
    public static void Write(PooledBuffer buffer, CacheEntryOptions options)
    {
        Span<long?> values =
        [
            options.Ttl?.Ticks,
            options.LocalTtl?.Ticks,
            options.Sliding?.Ticks,
            options.StaleWhileRevalidate?.Ticks,
            options.StaleIfError?.Ticks,
            options.SoftTimeout?.Ticks,
            BitsOf(options.Eager),
            BitsOf(options.Jitter),
            options.Bytes,
        ];
        var mask = 0;
        for (var i = 0; i < Fields; i++)
        {
            mask |= values[i] is null ? 0 : 1 << i;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(buffer.Take(sizeof(ushort)), (ushort)mask);
        foreach (var value in values)
        {
            if (value is { } known)
            {
                BinaryPrimitives.WriteInt64LittleEndian(buffer.Take(sizeof(long)), known);
            }
        }
    }

    /// <summary>Reads them, and says what stands behind them; false if they cannot have been written so.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out CacheEntryOptions? options, out ReadOnlySpan<byte> rest)
    {
        options = null;
        rest = bytes;
        if (bytes.Length < sizeof(ushort))
        {
            return false;
        }

        var mask = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        var length = sizeof(ushort) + (BitOperations.PopCount(mask) * sizeof(long));
        if (mask >= 1 << Fields || bytes.Length < length)
        {
            return false;
        }

        Span<long?> values = stackalloc long?[Fields];
        rest = bytes[sizeof(ushort)..];
        for (var i = 0; i < Fields; i++)
        {
            values[i] = null;
            if ((mask & (1 << i)) != 0)
            {
                values[i] = BinaryPrimitives.ReadInt64LittleEndian(rest);
                rest = rest[sizeof(long)..];
            }
        }

        options = new CacheEntryOptions
        {
            Ttl = TimeOf(values[0]),
            LocalTtl = TimeOf(values[1]),
            Sliding = TimeOf(values[2]),
            StaleWhileRevalidate = TimeOf(values[3]),
            StaleIfError = TimeOf(values[4]),
            SoftTimeout = TimeOf(values[5]),
            Eager = PartOf(values[6]),
            Jitter = PartOf(values[7]),
            Bytes = values[8],
        };
        return options.IsValid;
    }

    private static long? BitsOf(double? part) => part is { } known ? BitConverter.DoubleToInt64Bits(known) : null;

    private static double? PartOf(long? bits) => bits is { } known ? BitConverter.Int64BitsToDouble(known) : null;

    private static TimeSpan? TimeOf(long? ticks) => ticks is { } known ? new TimeSpan(known) : null;
}
