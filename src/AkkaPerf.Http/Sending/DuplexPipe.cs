using System.IO.Pipelines;

namespace AkkaPerf.Http.Sending;

/// <summary>A connection's two ends, of which one may stand in the place of the transport's.</summary>
internal sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;
}
