using System.IO.Compression;
using AkkaPerf.Http.Compression;
using ZstdSharp;

namespace AkkaPerf.Http.Tests.Compression;

/// <summary>What a client makes of a coded body.</summary>
internal sealed class Decoded : IDisposable
{
    private readonly Stream _stream;

    public Decoded(ContentCoding coding, Stream coded) => _stream = coding switch
    {
        ContentCoding.Br => new BrotliStream(coded, CompressionMode.Decompress),
        ContentCoding.Gzip => new GZipStream(coded, CompressionMode.Decompress),
        ContentCoding.Zstd => new DecompressionStream(coded),
        _ => coded,
    };

    public static byte[] Whole(ContentCoding coding, byte[] coded)
    {
        using var decoded = new Decoded(coding, new MemoryStream(coded));
        using var all = new MemoryStream();
        decoded._stream.CopyTo(all);
        return all.ToArray();
    }

    public byte[] Exactly(int count)
    {
        var bytes = new byte[count];
        _stream.ReadExactly(bytes);
        return bytes;
    }

    public void Dispose() => _stream.Dispose();
}
