using AkkaPerf.Exchanges;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Express;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Streaming;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>Sends what comes in through a pipeline and writes what comes out: a response, or a short problem.</summary>
internal sealed class ProxyEndpoint
{
    private readonly IRequestPipeline<ProxyRequest, ProxyResponse> _pipeline;
    private readonly HttpRoute _route;
    private readonly CacheNeighbours? _neighbours;

    /// <param name="pipeline">The pipeline.</param>
    /// <param name="route">The route.</param>
    /// <param name="neighbours">The other pipelines' stores; null for none.</param>
    public ProxyEndpoint(IRequestPipeline<ProxyRequest, ProxyResponse> pipeline, HttpRoute route, CacheNeighbours? neighbours = null)
    {
        _pipeline = pipeline;
        _route = route;
        _neighbours = neighbours;
    }

    public async Task HandleAsync(HttpContext context)
    {
        if (MalformedRequest.Is(context))
        {
            await MalformedRequest.RefuseAsync(context).ConfigureAwait(false);
            return;
        }

        if (context is not ExpressContext)
        {
            // The short way takes no Connection header that names anything.
            HopByHop.Strip(context.Request.Headers);
        }

        if (!_route.TryBegin(context, out var answer))
        {
            await answer.ConfigureAwait(false);
            return;
        }

        if (MaxForwards.EndsHere(context.Request))
        {
            await LastHop.AnswerAsync(context).ConfigureAwait(false);
            return;
        }

        if (IsTunnel(context) || IsMisspelt(context.Request.Method))
        {
            _route.Status?.AddFor(context.Response, Problem.NotImplemented);
            await Problem.NotImplemented.WriteToAsync(context).ConfigureAwait(false);
            return;
        }

        if (ProxyRequest.TargetOf(context, _route) is not { } target)
        {
            context.Response.Headers.Connection = "close";
            _route.Status?.AddFor(context.Response, Problem.BadTarget);
            await Problem.BadTarget.WriteToAsync(context).ConfigureAwait(false);
            return;
        }

        var cache = HttpCache.Of(_pipeline);
        var found = cache?.LookUp(context, _route, target) ?? default;
        if (found.Plan is CachePlan.Give or CachePlan.GiveAndRefresh)
        {
            await GiveAsync(cache!, context, target, found).ConfigureAwait(false);
            return;
        }

        if (IsOver(context))
        {
            // Nobody waits for it, and it may be none: of a connection that is over the server does not read a body to its end, but goes on behind what it has read.
            // A client that only says no more still hears, and of an endpoint that writes nothing the server says that all is well.
            await MalformedRequest.RefuseAsync(context).ConfigureAwait(false);
            return;
        }

        var request = ProxyRequest.Create(context, _route, target);

        if (StreamKinds.IsGrpc(context.Request.ContentType))
        {
            // It may be silent for long, from the beginning of its body on.
            DataRates.Lift(context);
        }

        var call = new CacheCall(_pipeline, request, _route.Timeout, context.RequestAborted);
        Outcome<ProxyResponse> outcome;
        if (cache is null)
        {
            outcome = await call.SendAsync(context.RequestAborted).ConfigureAwait(false);
        }
        else if (cache.Loads.TryBegin(found, out var start))
        {
            outcome = await call.SendAsync(context.RequestAborted).ConfigureAwait(false);
            if (cache.Loads.Judge(outcome, request, found, start) is { } head)
            {
                outcome = await cache.Loads.KeepAsync(outcome, head, request, found, start).ConfigureAwait(false);
            }
        }
        else
        {
            outcome = await cache.Loads.SendAsync(call, found).ConfigureAwait(false);
        }

        if (!outcome.IsSuccess)
        {
            await request.DetachAsync(isAnswered: false).ConfigureAwait(false);
            CloseAfterBody(context, request);
            await RefuseAsync(context, outcome).ConfigureAwait(false);
            return;
        }

        try
        {
            using var response = outcome.Value;
            if (response is Problem)
            {
                _route.Status?.AddFor(context.Response, response);
                CloseAfterBody(context, request);
            }

            _route.Note(context, response);
            if (_neighbours is not null && CacheNeighbours.MayChange(context.Request.Method, response.StatusCode))
            {
                _neighbours.Forget(_pipeline.Name, request, response);
            }

            await response.WriteToAsync(context, _route.Compression).ConfigureAwait(false);
        }
        finally
        {
            await request.DetachAsync(isAnswered: true).ConfigureAwait(false);
        }
    }

    // The request's own token may still be on its way: the server cancels it from a thread of the pool, and has the next request begin meanwhile.
    private static bool IsOver(HttpContext context) => context is ExpressContext express
        ? express.IsGone || express.RequestAborted.IsCancellationRequested
        : context.RequestAborted.IsCancellationRequested
        || context.Features.Get<IConnectionLifetimeFeature>() is { ConnectionClosed.IsCancellationRequested: true };

    // The rest of the body may come or not: nothing that follows it on this connection can be told from it.
    private static void CloseAfterBody(HttpContext context, ProxyRequest request)
    {
        if (request.IsBodyRead && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers.Connection = "close";
        }
    }

    private Task GiveAsync(HttpCache cache, HttpContext context, string target, in CacheLookUp found)
    {
        if (found.Plan == CachePlan.GiveAndRefresh && cache.Loads.Refreshes.TryClaim(found.Stored!))
        {
            cache.Loads.Refreshes.Begin(_pipeline, ProxyRequest.Create(context, _route, target), found);
        }

        cache.CountHit(new ContextFields(context.Request.Headers), found);
        return found.Stored!.WriteToAsync(context, _route.Compression);
    }

    // WebSockets are the only tunnels; any other Upgrade may be ignored, and is (RFC 9110, section 7.8).
    private static bool IsTunnel(HttpContext context) => HttpMethods.IsConnect(context.Request.Method) && !WebSocketHandshake.IsExtendedConnect(context);

    // Methods are told apart by their letters (RFC 9110, section 9.1), but the transport, like routing, takes "get" for GET.
    private static bool IsMisspelt(string method) => !method.Equals(HttpMethods.GetCanonicalizedValue(method), StringComparison.Ordinal);

    private Task RefuseAsync(HttpContext context, in Outcome<ProxyResponse> outcome)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            return Task.CompletedTask;
        }

        _route.Status?.Add(context.Response, outcome);
        return outcome.Reason is { } reason
            ? _route.Guard.RefuseAsync(context, reason, outcome.RetryAfter)
            : Problem.Of(outcome.Exception).WriteToAsync(context);
    }
}
