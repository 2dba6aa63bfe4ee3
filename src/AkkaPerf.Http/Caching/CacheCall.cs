using System.Runtime.InteropServices;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Caching;

/// <summary>One request on its way to a pipeline.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Request">The request.</param>
/// <param name="Timeout">Its timeout; zero for the pipeline's.</param>
/// <param name="CancellationToken">Its sender's.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CacheCall(
    IRequestPipeline<ProxyRequest, ProxyResponse> Pipeline, ProxyRequest Request, TimeSpan Timeout, CancellationToken CancellationToken)
{
    /// <summary>Sends it.</summary>
    public ValueTask<Outcome<ProxyResponse>> SendAsync(CancellationToken cancellationToken) => Timeout == TimeSpan.Zero
        ? Pipeline.TrySendAsync(Request, cancellationToken)
        : Pipeline.TrySendAsync(Request, Timeout, cancellationToken);
}
