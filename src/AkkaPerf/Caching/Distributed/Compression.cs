using System.Buffers;
using System.IO.Compression;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Brotli at its fastest, kept only where it gains, and safe against bombs.</summary>
/// <remarks>
/// The raw length stands in the envelope: it is checked before, and the output buffer is exactly so large, so nothing ever grows. Values
/// that shrink by more than the ratio are stored as they are, so that a higher ratio in a store cannot be ours.
/// </remarks>
internal static class Compression
{
    private const int Quality = 1;

    // 256 KiB: a larger window costs more to set up than it gains at this quality.
    private const int WindowBits = 18;

    private const int MaxRatio = 250;

    // Compressing must gain a tenth.
    private const int LeastGain = 10;

    /// <summary>Compresses what a buffer holds from <paramref name="start"/> on, in place; false if that gains too little, and nothing is changed.</summary>
    public static bool TryCompress(PooledBuffer buffer, int start)
    {
        var raw = buffer.Span[start..];
        var room = raw.Length - (raw.Length / LeastGain) - 1;
        var target = ArrayPool<byte>.Shared.Rent(Math.Max(room, 1));
        try
        {
            if (room <= 0
                || !BrotliEncoder.TryCompress(raw, target.AsSpan(0, room), out var written, Quality, WindowBits)
                || IsBomb(raw.Length, written))
            {
                return false;
            }

            target.AsSpan(0, written).CopyTo(raw);
            buffer.Truncate(start + written);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(target);
        }
    }

    public static bool IsBomb(int rawLength, int storedLength) => rawLength > (long)MaxRatio * Math.Max(storedLength, 1);

    /// <summary>Decompresses; false unless it comes to exactly as many bytes as there is room for.</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> stored, Span<byte> raw) =>
        BrotliDecoder.TryDecompress(stored, raw, out var written) && written == raw.Length;
}
