namespace AkkaPerf.Http.Compression;

/// <summary>Codes one body, piece by piece, into an <see cref="EncodedOutput"/>. One caller at a time.</summary>
internal abstract class BodyEncoder : IDisposable
{
    /// <summary>Takes a piece; what comes out of it may come later.</summary>
    public abstract void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Lets out what was taken: a client can read all of it then.</summary>
    public abstract void Flush();

    /// <summary>Takes the last piece, and ends.</summary>
    public abstract void Finish(ReadOnlySpan<byte> bytes);

    /// <summary>Lets go of the coder's memory, whether the body has ended or not.</summary>
    public abstract void Dispose();
}
