using System.Buffers;
using System.IO.Compression;

namespace AkkaPerf.Http.Compression;

/// <summary>Brotli, by the system's coder.</summary>
internal sealed class BrotliBodyEncoder : BodyEncoder
{
    private const int Step = 4 * 1024;

    private readonly EncodedOutput _output;
    private BrotliEncoder _encoder;

    public BrotliBodyEncoder(EncodedOutput output, int quality, int window)
    {
        _output = output;
        _encoder = new BrotliEncoder(quality, window);
    }

    public override void Write(ReadOnlySpan<byte> bytes) => Take(bytes, isLast: false);

    public override void Flush()
    {
        OperationStatus status;
        do
        {
            status = _encoder.Flush(_output.Room(Step), out var written);
            _output.Advance(written);
        }
        while (status == OperationStatus.DestinationTooSmall);
    }

    public override void Finish(ReadOnlySpan<byte> bytes) => Take(bytes, isLast: true);

    public override void Dispose() => _encoder.Dispose();

    private void Take(ReadOnlySpan<byte> bytes, bool isLast)
    {
        OperationStatus status;
        do
        {
            status = _encoder.Compress(bytes, _output.Room(Step), out var consumed, out var written, isLast);
            bytes = bytes[consumed..];
            _output.Advance(written);
        }
        while (status == OperationStatus.DestinationTooSmall);
    }
}
