using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Streaming;
using AkkaPerf.Http.Transport;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>The handler of an HTTP pipeline: sends a request to its backend and answers at the response's head, or with all of it if another backend may do better.</summary>
internal sealed class Forwarder
{
    // Long enough for what a backend sends in one go, short enough for a client not to notice that its head was held back.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    // Of an answer that another backend may better: what is larger or slower passes through.
    private const int MaxHeldBody = 64 * 1024;

    private readonly HttpPipelineOptions _options;
    private readonly ActivityOptions _activity;
    private readonly StreamAnswers _streams;

    public Forwarder(HttpPipelineOptions options, StreamAnswers streams)
    {
        _options = options;
        _streams = streams;
        _activity = new ActivityOptions(options.ActivityTimeout, options.Time);
    }

    public ValueTask<ProxyResponse> HandleAsync(ProxyRequest request, HttpBackendConnection connection, IExchangeContext<ProxyResponse> context) =>
        request.WebSocket is null ? ForwardAsync(request, place: null, connection, context) : OpenAsync(request, connection, context);

    private async ValueTask<ProxyResponse> OpenAsync(ProxyRequest request, HttpBackendConnection connection, IExchangeContext<ProxyResponse> context)
    {
        if (!request.WebSocket!.HasKey && connection.IsHttp2Only)
        {
            return Problem.Malformed;
        }

        // Before the backend is asked: what it has opened had better not be refused.
        if (!_streams.TryOpen(out var place))
        {
            return Problem.TooManyStreams;
        }

        var isTunnel = false;
        try
        {
            var response = await ForwardAsync(request, place, connection, context).ConfigureAwait(false);
            isTunnel = response is TunnelResponse;
            return response;
        }
        finally
        {
            if (!isTunnel)
            {
                place.Dispose();
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ProxyResponse> ForwardAsync(
        ProxyRequest request, StreamPlace? place, HttpBackendConnection connection, IExchangeContext<ProxyResponse> context)
    {
        BackendResponse head;
        try
        {
            head = connection.Wire is { } wire && request.TryWrite(wire, _options.PreserveHost, out var written)
                ? await wire.SendAsync(written, context.CancellationToken).ConfigureAwait(false)
                : new MessageResponse(await SendAsync(request, connection, context.CancellationToken).ConfigureAwait(false));
        }
        catch (Exception) when (request.BodyFault is { } fault)
        {
            // The client's fault, not the backend's.
            return fault;
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ExtendedConnectNotSupported)
        {
            // Nothing is wrong with it for other requests.
            return Problem.NoWebSockets;
        }
        catch (Exception exception) when (!request.IsBodyRead && SendFailure.IsConnectFailure(exception))
        {
            throw new ConnectFailedException("The backend could not be reached.", exception);
        }

        try
        {
            if (head is MessageResponse { Message: var message })
            {
                if (AmbiguousResponse.Is(message))
                {
                    throw new HttpRequestException("The backend's response does not say where it ends.");
                }

                if (place is not null && request.WebSocket!.IsAccepted(message))
                {
                    return _streams.Tunnel((message, request.WebSocket), place, connection, context);
                }
            }

            if (head.StatusCode == StatusCodes.Status101SwitchingProtocols)
            {
                throw new HttpRequestException("The backend switched protocols unasked.");
            }

            switch (StreamKinds.Of(head))
            {
                case StreamKind.Events:
                    return await _streams.EventsAsync(head, request, connection, context).ConfigureAwait(false);
                case StreamKind.Grpc:
                    return await _streams.GrpcAsync(head, connection, context).ConfigureAwait(false);
            }

            var isOnlyIfNoBetter = _options.RetryUnavailable && IsUnavailable(head.StatusCode) && request.IsRepeatable;
            return await AnswerAsync(head, ActivityOf(request), isOnlyIfNoBetter, context).ConfigureAwait(false);
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    private ActivityOptions ActivityOf(ProxyRequest request) =>
        request.Route is { ActivityTimeout: var timeout } && timeout > TimeSpan.Zero ? _activity with { Timeout = timeout } : _activity;

    private Task<HttpResponseMessage> SendAsync(ProxyRequest request, HttpBackendConnection connection, CancellationToken cancellation)
    {
        var message = request.TakeMessage(_options.PreserveHost);
        if (request.WebSocket is { } handshake)
        {
            return connection.OpenAsync(message, handshake, request.Target, cancellation);
        }

        return message.Content is { } body && IsGrpc(body)
            ? SendCallAsync(message, request.Target, connection, cancellation)
            : connection.SendAsync(message, request.Target, cancellation);
    }

    // A call's messages may go on when the exchange is over, and its token another's: they have one of their own.
    private static async Task<HttpResponseMessage> SendCallAsync(
        HttpRequestMessage message, string target, HttpBackendConnection connection, CancellationToken cancellation)
    {
        var sending = new CancellationTokenSource();
        using (cancellation.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), sending))
        {
            return await connection.SendAsync(message, target, sending.Token).ConfigureAwait(false);
        }
    }

    private static bool IsGrpc(HttpContent body) =>
        body.Headers.NonValidated.TryGetValues("Content-Type", out var types) && StreamKinds.IsGrpc(types.ToString());

    // As proxies in the field count it: every 5xx, but those that a client can provoke by what it asks, or it could talk a backend down.
    private static bool SpeaksAgainstBackend(int status) =>
        status >= 500 && status is not (StatusCodes.Status501NotImplemented or StatusCodes.Status505HttpVersionNotsupported);

    private static bool IsUnavailable(int status) =>
        status is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout;

    // When the backend wants to be asked again; zero if it does not say.
    private TimeSpan RetryAfterOf(BackendResponse head)
    {
        var told = head["Retry-After"] is [{ } line] && RetryConditionHeaderValue.TryParse(line, out var value) ? value : null;
        var after = told?.Delta ?? told?.Date - _activity.Time.GetUtcNow() ?? TimeSpan.Zero;
        return after > TimeSpan.Zero ? after : TimeSpan.Zero;
    }

    private async ValueTask<ProxyResponse> AnswerAsync(
        BackendResponse head, ActivityOptions activity, bool isOnlyIfNoBetter, IExchangeContext<ProxyResponse> context)
    {
        var cancellation = context.CancellationToken;
        if (SpeaksAgainstBackend(head.StatusCode))
        {
            context.BlameBackend();
        }

        if (isOnlyIfNoBetter
            && HeldBody.Take(head, MaxHeldBody) is { } held
            && await held.ReadWholeAsync(PatienceOf(context), _activity.Time, cancellation).ConfigureAwait(false))
        {
            var kept = new KeptResponse(head, held.Bytes);
            context.PreferAnother(RetryAfterOf(head));
            head.Dispose();
            return kept;
        }

        var streamed = new StreamedResponse(head, activity);
        if (!context.TryAnswer(streamed))
        {
            streamed.Dispose();
            return streamed;
        }

        // The caller reads now, or has read by now; permit and slot are ours until it is through, or nobody waits any more.
        var ended = streamed.BodyEnded;
        using (ended.IsCompleted ? default : cancellation.UnsafeRegister(static state => ((StreamedResponse)state!).Abort(), streamed))
        {
            await ended.ConfigureAwait(false);
        }

        return streamed;
    }

    // Half of what is left to whoever asked: the head is here, so it must not become a timeout.
    private static TimeSpan PatienceOf(IExchangeContext<ProxyResponse> context)
    {
        var half = context.TimeLeft / 2;
        return half < Patience ? half : Patience;
    }
}
