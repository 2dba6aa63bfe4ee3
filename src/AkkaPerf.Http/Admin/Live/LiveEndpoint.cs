using System.Threading.Channels;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>Sends a viewer what there was, and then what there is, until one of them leaves.</summary>
internal sealed class LiveEndpoint
{
    private readonly LiveSampler _sampler;

    public LiveEndpoint(LiveSampler sampler) => _sampler = sampler;

    public async Task HandleAsync(HttpContext context)
    {
        if (_sampler.Viewers.Enter() is not { } viewer)
        {
            context.Response.Headers.RetryAfter = "5";
            await new AdminProblem(
                StatusCodes.Status503ServiceUnavailable,
                "Service Unavailable",
                "too-many-viewers",
                $"{LiveViewers.Most} look already; that is as many as there may be.").WriteToAsync(context).ConfigureAwait(false);
            return;
        }

        try
        {
            await SendAsync(context, viewer.Reader).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The viewer has left, or the server closes its connections.
        }
        finally
        {
            _sampler.Viewers.Leave(viewer);
        }
    }

    private async Task SendAsync(HttpContext context, ChannelReader<byte[]> events)
    {
        // A server that stops waits for its requests: this one would never end.
        var closing = context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, closing);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        await response.Body.WriteAsync(LiveEvents.History(_sampler.History), either.Token).ConfigureAwait(false);
        await response.Body.WriteAsync(LiveEvents.Sample(_sampler.Current()), either.Token).ConfigureAwait(false);
        await foreach (var text in events.ReadAllAsync(either.Token).ConfigureAwait(false))
        {
            await response.Body.WriteAsync(text, either.Token).ConfigureAwait(false);
        }
    }
}
