using System.Buffers.Binary;
using System.Numerics;

namespace AkkaPerf.Caching.Distributed;

/// <summary>The Castagnoli CRC (RFC 3720, B.4): finds every change of up to 32 neighbouring bits; 8 bytes an instruction.</summary>
internal static class Crc32C
{
    public const uint Start = uint.MaxValue;

    /// <summary>Goes on with a checksum that was started with <see cref="Start"/>; the final one is its complement.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }

    public static uint Finish(uint crc) => ~crc;
}
