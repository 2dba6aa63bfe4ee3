using System.Diagnostics;
using AkkaPerf.Exchanges;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Pipeline;

/// <summary>Makes the exchanges of those who have passed the door. Any thread.</summary>
internal sealed class ExchangeMaker<TRequest, TResponse>
{
    private readonly PipelineCore _core;
    private readonly ExchangeRoute<TRequest, TResponse> _route;
    private readonly RequestSpans<TRequest> _spans;

    private readonly Action<TRequest, Activity>? _onLoadSpan;

    /// <param name="core">The pipeline.</param>
    /// <param name="route">Their way.</param>
    /// <param name="spans">Their spans.</param>
    /// <param name="onLoadSpan">Hears of the spans of a storing policy's own loads; null if there is none.</param>
    public ExchangeMaker(PipelineCore core, ExchangeRoute<TRequest, TResponse> route, RequestSpans<TRequest> spans, Action<TRequest, Activity>? onLoadSpan)
    {
        _onLoadSpan = onLoadSpan;
        _core = core;
        _route = route;
        _spans = spans;
    }

    /// <summary>Makes a caller's.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="key">What the cache knows it by.</param>
    /// <param name="timeoutTicks">How long its caller waits.</param>
    /// <param name="isLoad">Whether a storing policy's own load, which is not counted.</param>
    /// <param name="countsInside">Whether it has a place inside.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public Exchange<TRequest, TResponse> Make(
        TRequest request, string? key, long timeoutTicks, bool isLoad, bool countsInside, CancellationToken cancellationToken)
    {
        // What is the user's, such as a listener to its span, may throw: the place that it came in with is free again.
        try
        {
            var exchange = Rent(countsInside);
            exchange.IsUncounted = isLoad;
            if (Tracing.HasListeners)
            {
                exchange.Span = _spans.Start(request);
                if (isLoad && exchange.Span is { } span)
                {
                    _onLoadSpan?.Invoke(request, span);
                }
            }

            exchange.Begin(request, key, exchange.CameAt + timeoutTicks, isForCaller: true, cancellationToken);
            return exchange;
        }
        catch
        {
            _core.Ingress.Withdraw(countsInside);
            throw;
        }
    }

    /// <summary>Makes that of a refresh in the background: nobody waits for it, so it is no request.</summary>
    public Exchange<TRequest, TResponse> MakeRefresh(TRequest request, string key, long timeoutTicks)
    {
        try
        {
            var exchange = Rent(countsInside: true);
            exchange.IsUncounted = true;
            if (Tracing.HasListeners)
            {
                exchange.Span = _spans.StartRefresh(request);
            }

            exchange.Begin(request, key, exchange.CameAt + timeoutTicks, isForCaller: false, CancellationToken.None);
            return exchange;
        }
        catch
        {
            _core.Ingress.Withdraw(countsInside: true);
            throw;
        }
    }

    private Exchange<TRequest, TResponse> Rent(bool countsInside)
    {
        var exchange = _route.Rent(_core);
        exchange.AlwaysWaits = false;
        exchange.CountsInside = countsInside;
        exchange.Epoch = _core.Ingress.Epoch;
        exchange.CameAt = exchange.WaitsSince = _core.Time.GetTimestamp();
        return exchange;
    }
}
