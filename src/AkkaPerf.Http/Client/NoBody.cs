using System.Net;

namespace AkkaPerf.Http.Client;

/// <summary>The content of a response that has none, such as one to HEAD: its headers may say how long it would be.</summary>
internal sealed class NoBody : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // Nothing.
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(Stream.Null);

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => Stream.Null;

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
