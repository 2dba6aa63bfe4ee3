namespace AkkaPerf.Http.Compression;

/// <summary>One body on its way to a client that is sent in a coding. One caller at a time; what is returned is valid until the next call.</summary>
internal sealed class CodedBody : IDisposable
{
    private readonly Encoders _encoders;
    private readonly ContentCoding _coding;
    private readonly CompressionEffort _effort;
    private readonly long? _length;
    private readonly EncodedOutput _output = new();

    // Made for the first byte: an answer to HEAD has none.
    private BodyEncoder? _encoder;

    public CodedBody(Encoders encoders, ContentCoding coding, CompressionEffort effort, long? length)
    {
        _encoders = encoders;
        _coding = coding;
        _effort = effort;
        _length = length;
    }

    /// <summary>What counts its bytes; null for nothing.</summary>
    public CompressionCounts? Counts { get; init; }

    /// <summary>Whether something was taken that the client cannot read yet.</summary>
    public bool IsPending { get; private set; }

    private BodyEncoder Encoder => _encoder ??= _encoders.OnTheWay(_coding, _effort, _length, _output);

    /// <summary>To be awaited before work on a body: a socket's own thread, where it calls back inline, has others to serve.</summary>
    public static SocketThreadExit LeaveSocketThread() => default;

    /// <summary>Takes a piece; what has come out, which may be nothing.</summary>
    public ReadOnlyMemory<byte> Write(ReadOnlyMemory<byte> bytes)
    {
        _output.Clear();
        Encoder.Write(bytes.Span);
        IsPending = true;
        return Counted(bytes.Length);
    }

    /// <summary>Takes a piece, and lets out all that was taken.</summary>
    public ReadOnlyMemory<byte> WriteThrough(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty && !IsPending)
        {
            return default;
        }

        _output.Clear();
        Encoder.Write(bytes.Span);
        Encoder.Flush();
        IsPending = false;
        return Counted(bytes.Length);
    }

    /// <summary>Takes the last piece, and ends. A body that breaks off is never ended so: its client must not take it for the whole.</summary>
    public ReadOnlyMemory<byte> Finish(ReadOnlyMemory<byte> bytes)
    {
        _output.Clear();
        Encoder.Finish(bytes.Span);
        IsPending = false;

        // The client may take long; a coder's memory is the next body's by then.
        Encoder.Dispose();
        return Counted(bytes.Length);
    }

    public void Dispose()
    {
        _encoder?.Dispose();
        _output.Dispose();
    }

    private ReadOnlyMemory<byte> Counted(int taken)
    {
        var written = _output.Written;
        Counts?.Add(_coding, taken, written.Length);
        return written;
    }
}
