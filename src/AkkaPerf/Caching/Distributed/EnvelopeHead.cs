using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AkkaPerf.Caching.Distributed;

/// <summary>What stands before a stored value: 60 bytes, little-endian.</summary>
/// <remarks>
/// magic 4 · version 1 · flags 1 · number of tags 2 · type 8 · made at, fresh until, expires 8 each (UTC ticks) · raw, stored, key and
/// tags length 4 each · CRC-32C 4 over everything else. Then the key and the tags in UTF-16, which no string is lost in, then the value.
/// With the flag <see cref="EnvelopeFlags.Special"/> the entry's own settings stand before the tags and count to their length.
/// A new version, or a flag that is not known here, is a miss: processes of two versions can share a store.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EnvelopeHead
{
    public const int Size = 60;

    public const byte CurrentVersion = 1;

    private const uint Magic = 0x32504B41; // "AKP2"

    private const int ChecksumAt = 56;

    public EnvelopeFlags Flags { get; init; }

    public ushort TagCount { get; init; }

    public ulong Type { get; init; }

    public L2Life Life { get; init; }

    /// <summary>Length of the value as its serializer wrote it.</summary>
    public int RawLength { get; init; }

    /// <summary>Length of the value as it is stored.</summary>
    public int StoredLength { get; init; }

    public int KeyLength { get; init; }

    /// <summary>Of the tags, and of the entry's own settings if it has any.</summary>
    public int TagsLength { get; init; }

    /// <summary>Fills the head of a whole envelope, its checksum last.</summary>
    public void Seal(Span<byte> envelope)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(envelope, Magic);
        envelope[4] = CurrentVersion;
        envelope[5] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(envelope[6..], TagCount);
        BinaryPrimitives.WriteUInt64LittleEndian(envelope[8..], Type);
        BinaryPrimitives.WriteInt64LittleEndian(envelope[16..], Life.MadeAt.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(envelope[24..], Life.FreshUntil.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(envelope[32..], Life.ExpiresAt.UtcTicks);
        BinaryPrimitives.WriteInt32LittleEndian(envelope[40..], RawLength);
        BinaryPrimitives.WriteInt32LittleEndian(envelope[44..], StoredLength);
        BinaryPrimitives.WriteInt32LittleEndian(envelope[48..], KeyLength);
        BinaryPrimitives.WriteInt32LittleEndian(envelope[52..], TagsLength);
        BinaryPrimitives.WriteUInt32LittleEndian(envelope[ChecksumAt..], Checksum(envelope));
    }

    /// <summary>Reads the head of a whole envelope and checks that it is one.</summary>
    public static L2Rejection TryRead(ReadOnlySpan<byte> envelope, out EnvelopeHead head)
    {
        head = default;
        if (envelope.Length < Size || BinaryPrimitives.ReadUInt32LittleEndian(envelope) != Magic)
        {
            return L2Rejection.Foreign;
        }

        // The rest of another version may mean anything.
        if (envelope[4] != CurrentVersion || (envelope[5] & ~(byte)EnvelopeFlags.All) != 0)
        {
            return L2Rejection.Version;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(envelope[ChecksumAt..]) != Checksum(envelope))
        {
            return L2Rejection.Checksum;
        }

        var made = BinaryPrimitives.ReadInt64LittleEndian(envelope[16..]);
        var fresh = BinaryPrimitives.ReadInt64LittleEndian(envelope[24..]);
        var expires = BinaryPrimitives.ReadInt64LittleEndian(envelope[32..]);
        if (made < 0 || made > fresh || fresh > expires || expires > DateTimeOffset.MaxValue.UtcTicks)
        {
            return L2Rejection.Malformed;
        }

        head = new EnvelopeHead
        {
            Flags = (EnvelopeFlags)envelope[5],
            TagCount = BinaryPrimitives.ReadUInt16LittleEndian(envelope[6..]),
            Type = BinaryPrimitives.ReadUInt64LittleEndian(envelope[8..]),
            Life = new(new(made, TimeSpan.Zero), new(fresh, TimeSpan.Zero), new(expires, TimeSpan.Zero)),
            RawLength = BinaryPrimitives.ReadInt32LittleEndian(envelope[40..]),
            StoredLength = BinaryPrimitives.ReadInt32LittleEndian(envelope[44..]),
            KeyLength = BinaryPrimitives.ReadInt32LittleEndian(envelope[48..]),
            TagsLength = BinaryPrimitives.ReadInt32LittleEndian(envelope[52..]),
        };
        return head.HasLengthsOf(envelope.Length) ? L2Rejection.None : L2Rejection.Malformed;
    }

    private static uint Checksum(ReadOnlySpan<byte> envelope) =>
        Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Start, envelope[..ChecksumAt]), envelope[Size..]));

    private bool HasLengthsOf(int length) =>
        (RawLength | StoredLength | KeyLength | TagsLength) >= 0
        && (long)Size + KeyLength + TagsLength + StoredLength == length
        && (Flags.HasFlag(EnvelopeFlags.Compressed) ? StoredLength < RawLength : StoredLength == RawLength);
}
