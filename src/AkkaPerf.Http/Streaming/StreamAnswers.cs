using AkkaPerf.Exchanges;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Transport;

namespace AkkaPerf.Http.Streaming;

/// <summary>Answers with what goes on when its exchange is over: permit and slot are given back, a place among the streams is taken.</summary>
internal sealed class StreamAnswers
{
    private readonly OpenStreams _streams;
    private readonly ActivityOptions _activity;
    private readonly TimeSpan _after;

    public StreamAnswers(HttpPipelineOptions options, OpenStreams streams)
    {
        _streams = streams;
        _activity = new ActivityOptions(options.ActivityTimeout, options.Time);
        _after = options.StreamAfter;
    }

    /// <summary>A place for a WebSocket, taken before the backend is asked; false if there is none.</summary>
    public bool TryOpen([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out StreamPlace? place) => _streams.TryOpen(out place);

    /// <summary>A WebSocket that the backend has accepted.</summary>
    public ProxyResponse Tunnel(
        (HttpResponseMessage Message, WebSocketHandshake Handshake) accepted, StreamPlace place, HttpBackendConnection connection, IExchangeContext<ProxyResponse> context)
    {
        var tunnel = new TunnelResponse(accepted.Message, accepted.Handshake, place, _activity.Time);
        place.Fill(connection.Hold(), tunnel.Abort);
        if (!context.TryAnswer(tunnel))
        {
            tunnel.Dispose();
        }

        return tunnel;
    }

    /// <summary>Events: a stream from their head on.</summary>
    public async ValueTask<ProxyResponse> EventsAsync(
        BackendResponse message, ProxyRequest request, HttpBackendConnection connection, IExchangeContext<ProxyResponse> context)
    {
        if (!_streams.TryOpen(out var place))
        {
            message.Dispose();
            return Problem.TooManyStreams;
        }

        var cancellation = context.CancellationToken;
        var streamed = new StreamedResponse(message, _activity);
        place.Fill(connection.Hold(), streamed.Abort);
        streamed.TryOutlive(place);
        if (!context.TryAnswer(streamed))
        {
            streamed.Dispose();
            return streamed;
        }

        // An upload that still goes on is sent with the exchange's token.
        using (cancellation.UnsafeRegister(static state => ((StreamedResponse)state!).Abort(), streamed))
        {
            await request.BodySent.ConfigureAwait(false);
        }

        return streamed;
    }

    /// <summary>A gRPC call: a stream if it lasts, unless there are too many; then it stays what it was.</summary>
    public async ValueTask<ProxyResponse> GrpcAsync(BackendResponse message, HttpBackendConnection connection, IExchangeContext<ProxyResponse> context)
    {
        var cancellation = context.CancellationToken;
        var streamed = new StreamedResponse(message, _activity);
        var ended = streamed.BodyEnded.AsTask();
        if (!context.TryAnswer(streamed))
        {
            streamed.Dispose();
            return streamed;
        }

        using (cancellation.UnsafeRegister(static state => ((StreamedResponse)state!).Abort(), streamed))
        {
            if (await IsLongAsync(ended).ConfigureAwait(false) && TryOutlive(streamed, connection))
            {
                Forget(ended);
                return streamed;
            }

            await ended.ConfigureAwait(false);
        }

        return streamed;
    }

    // Nobody waits for it any more, and its failure has been the client's to see.
    private static void Forget(Task ended) => _ = ended.ContinueWith(
        static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task<bool> IsLongAsync(Task ended)
    {
        try
        {
            await ended.WaitAsync(_after, _activity.Time).ConfigureAwait(false);
            return false;
        }
        catch (TimeoutException) when (!ended.IsCompleted)
        {
            return true;
        }
    }

    private bool TryOutlive(StreamedResponse streamed, HttpBackendConnection connection)
    {
        if (!_streams.TryOpen(out var place))
        {
            return false;
        }

        place.Fill(connection.Hold(), streamed.Abort);
        if (streamed.TryOutlive(place))
        {
            return true;
        }

        place.Dispose();
        return false;
    }
}
