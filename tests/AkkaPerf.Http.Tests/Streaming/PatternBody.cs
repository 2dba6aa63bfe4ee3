using System.Net;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>A body of any length, nowhere whole, each byte of which follows from its place.</summary>
internal sealed class PatternBody(long size) : HttpContent
{
    // A prime: whatever is lost, doubled or swapped in pieces of a usual size does not fit.
    private const int Period = 65_521;

    private static readonly byte[] Pattern = MakePattern();

    /// <summary>Writes that many bytes.</summary>
    public static async Task WriteAsync(Stream to, long size)
    {
        for (var sent = 0L; sent < size; sent += Period)
        {
            await to.WriteAsync(Pattern.AsMemory(0, (int)Math.Min(Period, size - sent)));
        }
    }

    /// <summary>Reads to the end and fails at a byte that does not belong there; how many there were.</summary>
    public static async Task<long> ReadAsync(Stream from)
    {
        var buffer = new byte[Period];
        var total = 0L;
        int count;
        while ((count = await from.ReadAsync(buffer)) > 0)
        {
            // The pattern is kept twice over, so that each place has all that may follow on it.
            Assert.True(buffer.AsSpan(0, count).SequenceEqual(Pattern.AsSpan((int)(total % Period), count)), $"other bytes after {total}");
            total += count;
        }

        return total;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => WriteAsync(stream, size);

    protected override bool TryComputeLength(out long length)
    {
        length = size;
        return true;
    }

    private static byte[] MakePattern()
    {
        var once = new byte[Period];
        new Random(1).NextBytes(once);
        return [.. once, .. once];
    }
}
