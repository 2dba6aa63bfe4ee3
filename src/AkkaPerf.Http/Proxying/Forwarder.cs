using System.Net;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Transport;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>The handler of an HTTP pipeline: sends a request to its backend and answers at the response's head, or with all of it if it is to be kept and comes at once.</summary>
internal sealed class Forwarder
{
    // Long enough for what a backend sends in one go, short enough for a client not to notice that its head was held back.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    // Of an answer that another backend may better: what is larger or slower passes through.
    private const long MaxHeldBody = 64 * 1024;

    private readonly HttpPipelineOptions _options;
    private readonly ActivityOptions _activity;

    public Forwarder(HttpPipelineOptions options)
    {
        _options = options;
        _activity = new ActivityOptions(options.ActivityTimeout, options.Time);
    }

    public async ValueTask<ProxyResponse> HandleAsync(ProxyRequest request, HttpBackendConnection connection, IExchangeContext<ProxyResponse> context)
    {
        var cancellation = context.CancellationToken;
        var message = request.TakeMessage(_options.PreserveHost);
        var askedAt = _activity.Time.GetTimestamp();
        HttpResponseMessage head;
        try
        {
            head = await connection.SendAsync(message, request.Target, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (!request.IsBodyRead && SendFailure.IsConnectFailure(exception))
        {
            throw new ConnectFailedException("The backend could not be reached.", exception);
        }
        catch (Exception) when (request.BodyFailure is BadHttpRequestException fault)
        {
            // The client's fault, not the backend's.
            return Problem.OfBody(fault);
        }

        try
        {
            if (AmbiguousResponse.Is(head))
            {
                throw new HttpRequestException("The backend's response does not say where it ends.");
            }

            if (head.StatusCode == HttpStatusCode.SwitchingProtocols)
            {
                throw new HttpRequestException("The backend switched protocols unasked.");
            }

            var life = request.Key is null ? TimeSpan.Zero : Freshness.Of(head);
            var isOnlyIfNoBetter = _options.RetryUnavailable && IsUnavailable(head.StatusCode) && request.IsRepeatable;
            return await AnswerAsync((head, askedAt), life, isOnlyIfNoBetter, context).ConfigureAwait(false);
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    // As proxies in the field count it: every 5xx, but those that a client can provoke by what it asks, or it could talk a backend down.
    private static bool SpeaksAgainstBackend(HttpStatusCode status) =>
        (int)status >= 500 && status is not (HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported);

    private static bool IsUnavailable(HttpStatusCode status) =>
        status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    // When the backend wants to be asked again; zero if it does not say.
    private TimeSpan RetryAfterOf(HttpResponseMessage message)
    {
        var told = message.Headers.RetryAfter;
        var after = told?.Delta ?? told?.Date - _activity.Time.GetUtcNow() ?? TimeSpan.Zero;
        return after > TimeSpan.Zero ? after : TimeSpan.Zero;
    }

    private async ValueTask<ProxyResponse> AnswerAsync(
        (HttpResponseMessage Message, long AskedAt) head, TimeSpan life, bool isOnlyIfNoBetter, IExchangeContext<ProxyResponse> context)
    {
        var cancellation = context.CancellationToken;
        if (SpeaksAgainstBackend(head.Message.StatusCode))
        {
            context.BlameBackend();
        }

        var recording = life > TimeSpan.Zero || isOnlyIfNoBetter
            ? await BodyRecording.StartAsync(head.Message, life > TimeSpan.Zero ? _options.MaxCacheableBodyBytes : MaxHeldBody, cancellation).ConfigureAwait(false)
            : null;
        if (recording is not null && await recording.ReadWholeAsync(PatienceOf(context), _activity.Time, cancellation).ConfigureAwait(false))
        {
            recording.Dispose();
            var kept = Keep();
            if (isOnlyIfNoBetter)
            {
                context.PreferAnother(RetryAfterOf(head.Message));
            }

            head.Message.Dispose();
            return kept;
        }

        var streamed = new StreamedResponse(head.Message, recording, _activity);
        if (!context.TryAnswer(streamed))
        {
            streamed.Dispose();
            return streamed;
        }

        // The caller reads now; permit and slot are ours until it is through, or nobody waits any more.
        using (cancellation.UnsafeRegister(static state => ((StreamedResponse)state!).Abort(), streamed))
        {
            await streamed.BodyEnded.ConfigureAwait(false);
        }

        if (life > TimeSpan.Zero && recording is { IsWhole: true })
        {
            context.Keep(Keep());
        }

        return streamed;

        KeptResponse Keep() => new(head.Message, recording.ToBytes(), life, (_activity.Time, head.AskedAt));
    }

    // Half of what is left to whoever asked: the head is here, so it must not become a timeout.
    private static TimeSpan PatienceOf(IExchangeContext<ProxyResponse> context)
    {
        var half = context.TimeLeft / 2;
        return half < Patience ? half : Patience;
    }
}
