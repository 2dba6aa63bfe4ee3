using System.Numerics;

namespace AkkaPerf.Http.Compression;

/// <summary>Makes the encoder for a body.</summary>
internal sealed class Encoders
{
    // 256 KiB. More gains little on what is served, and an open response holds twice as much of our memory.
    private const int LargestWindow = 18;
    private const int SmallestWindow = 10;

    private readonly ZstdCoders _zstd = new(4 * Environment.ProcessorCount);

    /// <summary>One for a body that is compressed on its way.</summary>
    /// <param name="coding">Not the identity.</param>
    /// <param name="effort">How much work goes into it.</param>
    /// <param name="length">The body's length; null if it is not known.</param>
    /// <param name="output">Where it goes.</param>
    public BodyEncoder OnTheWay(ContentCoding coding, CompressionEffort effort, long? length, EncodedOutput output) =>
        Of(coding, LevelOf(coding, effort), length, output);

    /// <summary>One for a body that is kept, and sent again and again: what costs about five times as much as <see cref="CompressionEffort.Fast"/>.</summary>
    public BodyEncoder ToKeep(ContentCoding coding, long length, EncodedOutput output) =>
        Of(coding, coding switch { ContentCoding.Br => 6, ContentCoding.Gzip => 7, _ => 9 }, length, output);

    private BodyEncoder Of(ContentCoding coding, int level, long? length, EncodedOutput output) => coding switch
    {
        ContentCoding.Br => new BrotliBodyEncoder(output, level, WindowOf(length)),
        ContentCoding.Gzip => new GzipBodyEncoder(output, level),
        ContentCoding.Zstd => new ZstdBodyEncoder(output, _zstd, level, length),
        _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, message: null),
    };

    // Levels that cost about the same, measured on text of 16 KiB. Gzip's first level is left out: it makes a third more bytes than its second.
    private static int LevelOf(ContentCoding coding, CompressionEffort effort) => (coding, effort) switch
    {
        (ContentCoding.Br, CompressionEffort.Fast) => 2,
        (ContentCoding.Br, CompressionEffort.Balanced) => 4,
        (ContentCoding.Br, _) => 5,
        (ContentCoding.Gzip, CompressionEffort.Fast) => 2,
        (ContentCoding.Gzip, CompressionEffort.Balanced) => 4,
        (ContentCoding.Gzip, _) => 6,
        (_, CompressionEffort.Fast) => 1,
        (_, CompressionEffort.Balanced) => 3,
        _ => 5,
    };

    private static int WindowOf(long? length) =>
        length is { } known && known < 1 << LargestWindow
            ? Math.Max(SmallestWindow, BitOperations.Log2((uint)Math.Max(1, known)) + 1)
            : LargestWindow;
}
