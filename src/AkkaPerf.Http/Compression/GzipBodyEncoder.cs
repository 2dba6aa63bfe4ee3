using System.IO.Compression;

namespace AkkaPerf.Http.Compression;

/// <summary>Gzip, by the system's coder.</summary>
internal sealed class GzipBodyEncoder : BodyEncoder
{
    private readonly EncodedOutput _output;
    private readonly GZipStream _stream;
    private bool _hasWritten;

    public GzipBodyEncoder(EncodedOutput output, int level)
    {
        _output = output;
        _stream = new GZipStream(output, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true);
    }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        _hasWritten |= !bytes.IsEmpty;
        _stream.Write(bytes);
    }

    public override void Flush() => _stream.Flush();

    public override void Finish(ReadOnlySpan<byte> bytes)
    {
        Write(bytes);
        _stream.Dispose();
        if (!_hasWritten && _output.Written.IsEmpty)
        {
            // The stream leaves out even the head of what is empty, which is no gzip then.
            _output.Write(Empty);
        }
    }

    public override void Dispose() => _stream.Dispose();

    private static ReadOnlySpan<byte> Empty => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
}
