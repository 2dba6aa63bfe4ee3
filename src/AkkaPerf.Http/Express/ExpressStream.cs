using System.IO.Pipelines;
using AkkaPerf.Http.Client;

namespace AkkaPerf.Http.Express;

/// <summary>The body of a response as a stream. Nothing of it blocks: who writes may be on a socket's thread.</summary>
internal sealed class ExpressStream(PipeWriter body) : WriteOnlyBody
{
    public override void Write(byte[] buffer, int offset, int count) =>
        throw new InvalidOperationException("Synchronous operations are not allowed: call WriteAsync.");

    public override void Flush() => throw new InvalidOperationException("Synchronous operations are not allowed: call FlushAsync.");

    public override async Task FlushAsync(CancellationToken cancellationToken) => await body.FlushAsync(cancellationToken).ConfigureAwait(false);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await body.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
}
