using System.Net;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Transport;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>The handler of an HTTP pipeline: sends a request to its backend and answers at the response's head, or with all of it if it is kept.</summary>
internal sealed class Forwarder
{
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
        var message = request.GetMessage();
        if (_options.PreserveHost)
        {
            message.Headers.Host = null;
            message.Headers.TryAddWithoutValidation("Host", request.Authority);
        }

        HttpResponseMessage head;
        try
        {
            head = await connection.SendAsync(message, request.Target, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (!request.IsBodyRead && IsConnectFailure(exception))
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
            return await AnswerAsync(request, head, context, cancellation).ConfigureAwait(false);
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    private static bool IsConnectFailure(Exception exception) => exception switch
    {
        HttpRequestException failure => failure.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,

        // How the transport says that connecting took too long.
        OperationCanceledException { InnerException: TimeoutException } => true,
        _ => false,
    };

    // As proxies in the field count it: every 5xx, but those that a client can provoke by what it asks, or it could talk a backend down.
    private static bool SpeaksAgainstBackend(HttpStatusCode status) =>
        (int)status >= 500 && status is not (HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported);

    private async ValueTask<ProxyResponse> AnswerAsync(
        ProxyRequest request, HttpResponseMessage head, IExchangeContext<ProxyResponse> context, CancellationToken cancellation)
    {
        if (head.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            throw new HttpRequestException("The backend switched protocols unasked.");
        }

        if (SpeaksAgainstBackend(head.StatusCode))
        {
            context.BlameBackend();
        }

        ReadOnlyMemory<byte> prefix = default;
        if (request.Key is not null && Freshness.Of(head) is var life && life > TimeSpan.Zero)
        {
            var (isWhole, bytes) = await WholeBody.ReadAsync(head, _options.MaxCacheableBodyBytes, cancellation).ConfigureAwait(false);
            if (isWhole)
            {
                var kept = new KeptResponse(head, bytes, life, _activity.Time);
                head.Dispose();
                return kept;
            }

            prefix = bytes;
        }

        var streamed = new StreamedResponse(head, prefix, _activity);
        if (context.TryAnswer(streamed))
        {
            // The caller reads now; permit and slot are ours until it is through, or nobody waits any more.
            using (cancellation.UnsafeRegister(static state => ((StreamedResponse)state!).Abort(), streamed))
            {
                await streamed.BodyEnded.ConfigureAwait(false);
            }
        }
        else
        {
            streamed.Dispose();
        }

        return streamed;
    }
}
