using System.Buffers;

namespace AkkaPerf.Http.Compression;

/// <summary>Zstandard, with a coder that is given back to its pool.</summary>
internal sealed class ZstdBodyEncoder : BodyEncoder
{
    private const int Step = 4 * 1024;

    private readonly EncodedOutput _output;
    private readonly ZstdCoders _coders;
    private ZstdSharp.Compressor? _coder;

    public ZstdBodyEncoder(EncodedOutput output, ZstdCoders coders, int level, long? length)
    {
        _output = output;
        _coders = coders;
        _coder = coders.Take(level, length);
    }

    private ZstdSharp.Compressor Coder => _coder ?? throw new ObjectDisposedException(nameof(ZstdBodyEncoder));

    public override void Write(ReadOnlySpan<byte> bytes) => Take(bytes, isLast: false);

    public override void Flush()
    {
        OperationStatus status;
        do
        {
            status = Coder.FlushStream(_output.Room(Step), out var written);
            _output.Advance(written);
        }
        while (status == OperationStatus.DestinationTooSmall);
    }

    public override void Finish(ReadOnlySpan<byte> bytes) => Take(bytes, isLast: true);

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _coder, null) is { } coder)
        {
            _coders.GiveBack(coder);
        }
    }

    private void Take(ReadOnlySpan<byte> bytes, bool isLast)
    {
        OperationStatus status;
        do
        {
            status = Coder.WrapStream(bytes, _output.Room(Step), out var consumed, out var written, isLast);
            bytes = bytes[consumed..];
            _output.Advance(written);
        }
        while (status == OperationStatus.DestinationTooSmall || (!isLast && !bytes.IsEmpty));
    }
}
