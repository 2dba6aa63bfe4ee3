using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Client;

/// <summary>
/// Sends an <see cref="HttpClient"/>'s calls through a pipeline defined by <c>WithHttpPipeline</c>: its cache, its limits, its retries, its
/// backends, one of which takes the place of the host that the call names.
/// </summary>
/// <remarks>
/// A refusal throws <see cref="PipelineRefusedException"/>; the pipeline's timeout, which runs until the response's head, a <see cref="TaskCanceledException"/>
/// with a <see cref="TimeoutException"/> inside, like <see cref="HttpClient.Timeout"/>; anything else what it would without a pipeline. A response holds its permit
/// until it is read or disposed, or nobody has read it for <c>ActivityTimeout</c>. It follows no redirects, keeps no cookies and decompresses nothing. No synchronous sending.
/// </remarks>
public sealed class PipelineMessageHandler : HttpMessageHandler
{
    private readonly Func<IRequestPipeline<ProxyRequest, ProxyResponse>> _find;
    private readonly CacheNeighbours? _neighbours;
    private IRequestPipeline<ProxyRequest, ProxyResponse>? _pipeline;

    /// <summary>Sends through a pipeline, which stays the caller's.</summary>
    public PipelineMessageHandler(IRequestPipeline<ProxyRequest, ProxyResponse> pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        _pipeline = pipeline;
        _find = () => pipeline;
    }

    /// <summary>Sends through a pipeline that may not run yet; it is looked for until it is found, and must lead to its successors itself.</summary>
    /// <param name="find">Finds it.</param>
    /// <param name="neighbours">The other pipelines' stores.</param>
    internal PipelineMessageHandler(Func<IRequestPipeline<ProxyRequest, ProxyResponse>> find, CacheNeighbours neighbours)
    {
        _find = find;
        _neighbours = neighbours;
    }

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        var pipeline = _pipeline ??= _find();
        var asked = ClientRequest.Of(request);
        if (!request.Options.TryGetValue(PipelineRequestOptions.Timeout, out var timeout))
        {
            timeout = TimeSpan.Zero;
        }
        else if (timeout <= TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(request), timeout, "The request's timeout must be more than zero.");
        }

        var call = new CacheCall(pipeline, asked, timeout, cancellationToken);
        var sending = HttpCache.Of(pipeline) is { } cache ? cache.Loads.SendAsync(call, cache.LookUp(asked)) : call.SendAsync(cancellationToken);
        var outcome = await sending.ConfigureAwait(false);
        await asked.DetachAsync(outcome.IsSuccess).ConfigureAwait(false);
        if (!outcome.IsSuccess)
        {
            throw CallFailure.Of(outcome, cancellationToken);
        }

        if (_neighbours is not null && CacheNeighbours.MayChange(asked.Method, outcome.Value.StatusCode))
        {
            _neighbours.Forget(pipeline.Name, asked, outcome.Value);
        }

        return ToMessage(outcome.Value, request);
    }

    private static HttpResponseMessage ToMessage(ProxyResponse response, HttpRequestMessage request)
    {
        try
        {
            return response.ToMessage(request);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
