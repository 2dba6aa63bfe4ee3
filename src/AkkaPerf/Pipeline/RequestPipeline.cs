using Akka;
using Akka.Streams.Dsl;
using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;

namespace AkkaPerf.Pipeline;

/// <summary>The callers' side of a pipeline: looks the key up, passes the door, stands by while the island decides, runs what was granted.</summary>
internal sealed class RequestPipeline<TRequest, TResponse> : IRequestPipeline<TRequest, TResponse>
{
    private readonly PipelineCore _core;
    private readonly PipelineRuntime _runtime;
    private readonly ICachingPolicy<TRequest, TResponse>? _caching;
    private readonly ExchangeRoute<TRequest, TResponse> _route;
    private readonly long _timeoutTicks;

    public RequestPipeline(PipelineCore core, PipelineRuntime runtime, PipelineDefinition<TRequest, TResponse> definition)
    {
        _core = core;
        _runtime = runtime;
        _caching = core.Cache is null ? null : definition.CachingPolicy;
        _route = new ExchangeRoute<TRequest, TResponse>(definition.Handle, _caching is null ? null : Keep, core.Options.Throttle.Concurrency * 2);
        _timeoutTicks = Ticks(core.Options.Timeout);
        Cache = _caching is null ? null : new PipelineCache<TRequest, TResponse>(core.Cache!, _caching);
        Backends = core.Directory is null ? null : new PipelineBackends(core.Directory);
    }

    public string Name => _core.Name;

    public IPipelineBackends? Backends { get; }

    public IPipelineCache<TRequest>? Cache { get; }

    public PipelineSnapshot Describe() => _runtime.Describe();

    public void SetConcurrency(int concurrency) => _core.Permits.Resize(concurrency);

    public Task DrainAsync(CancellationToken cancellationToken = default) => _runtime.DrainAsync(cancellationToken);

    public ValueTask<TResponse> SendAsync(TRequest request, CancellationToken cancellationToken = default) =>
        SendAsync(request, _timeoutTicks, cancellationToken);

    public ValueTask<TResponse> SendAsync(TRequest request, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        SendAsync(request, Shortened(timeout), cancellationToken);

    public ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, CancellationToken cancellationToken = default) =>
        TrySendAsync(request, _timeoutTicks, cancellationToken);

    public ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        TrySendAsync(request, Shortened(timeout), cancellationToken);

    public Task<IReadOnlyList<Outcome<TResponse>>> SendBatchAsync(IReadOnlyList<TRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return Batch<TRequest, TResponse>.SendAsync(this, requests, _core.Permits.Limit, cancellationToken);
    }

    public Flow<TRequest, Outcome<TResponse>, NotUsed> AsFlow(int parallelism = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parallelism);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parallelism, 1_000_000);
        var atOnce = parallelism > 0 ? parallelism : _core.Permits.Limit;
        return Flow.FromGraph(new RequestFlowStage<TRequest, TResponse>(_core.Name, this, atOnce));
    }

    /// <summary>Sends one of a batch or a flow: waits for room whatever <c>when-full</c> says, runs on the thread pool, throws nothing.</summary>
    internal ValueTask<Outcome<TResponse>> SendWaitingAsync(TRequest request, CancellationToken cancellationToken)
    {
        if (Find(request, out var key, out var value, out var fault))
        {
            return new ValueTask<Outcome<TResponse>>(Hit(value));
        }

        if (fault is not null)
        {
            return new ValueTask<Outcome<TResponse>>(Faulted(fault));
        }

        if (_core.Door.Closed is { } closed)
        {
            return new ValueTask<Outcome<TResponse>>(Refused(closed, RetryAfter(closed)));
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return new ValueTask<Outcome<TResponse>>(Refused(RefusalReason.Cancelled));
        }

        var exchange = NewExchange(request, key, _timeoutTicks, alwaysWaits: true, cancellationToken);
        var outcome = exchange.Outcome;
        _core.Ingress.Submit(exchange);
        return outcome;
    }

    private ValueTask<TResponse> SendAsync(TRequest request, long timeoutTicks, CancellationToken cancellationToken)
    {
        if (Find(request, out var key, out var value, out var fault))
        {
            Hit(value);
            return new ValueTask<TResponse>(value);
        }

        if (fault is not null)
        {
            Faulted(fault);
            return ValueTask.FromException<TResponse>(fault);
        }

        if (TryEnter(key, cancellationToken, out var refusal, out var retryAfter, out var countsInside))
        {
            return Submit(request, key, timeoutTicks, countsInside, cancellationToken).Response;
        }

        Refused(refusal);
        return refusal == RefusalReason.Cancelled
            ? ValueTask.FromCanceled<TResponse>(cancellationToken)
            : ValueTask.FromException<TResponse>(new RequestRejectedException(refusal, retryAfter > TimeSpan.Zero ? retryAfter : null));
    }

    private ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, long timeoutTicks, CancellationToken cancellationToken)
    {
        if (Find(request, out var key, out var value, out var fault))
        {
            return new ValueTask<Outcome<TResponse>>(Hit(value));
        }

        if (fault is not null)
        {
            return new ValueTask<Outcome<TResponse>>(Faulted(fault));
        }

        return TryEnter(key, cancellationToken, out var refusal, out var retryAfter, out var countsInside)
            ? Submit(request, key, timeoutTicks, countsInside, cancellationToken).Outcome
            : new ValueTask<Outcome<TResponse>>(Refused(refusal, retryAfter));
    }

    private Exchange<TRequest, TResponse> Submit(
        TRequest request, string? key, long timeoutTicks, bool countsInside, CancellationToken cancellationToken)
    {
        var exchange = NewExchange(request, key, timeoutTicks, alwaysWaits: false, cancellationToken);
        exchange.CountsInside = countsInside;
        exchange.Stand();
        try
        {
            _core.Ingress.Submit(exchange);
        }
        finally
        {
            Exchange.Leave();
        }

        return exchange;
    }

    private Exchange<TRequest, TResponse> NewExchange(
        TRequest request, string? key, long timeoutTicks, bool alwaysWaits, CancellationToken cancellationToken)
    {
        _core.Arrivals.Count();
        var exchange = _route.Rent(_core);
        exchange.AlwaysWaits = alwaysWaits;
        exchange.Epoch = _core.Ingress.Epoch;
        exchange.Begin(request, key, _core.Time.GetTimestamp() + timeoutTicks, cancellationToken);
        return exchange;
    }

    // The look-up on the caller's thread: a hit makes no hop and allocates nothing. A key that cannot be told is the request's fault.
    private bool Find(TRequest request, out string? key, out TResponse value, out Exception? fault)
    {
        key = null;
        value = default!;
        fault = null;
        if (_caching is null)
        {
            return false;
        }

        try
        {
            key = _caching.KeyOf(request);
        }
        catch (Exception exception)
        {
            fault = exception;
            return false;
        }

        if (key is null)
        {
            return false;
        }

        if (_core.Cache!.Find(key) is CacheEntry<TResponse> entry)
        {
            value = entry.Value;
            return true;
        }

        _core.CacheCounters.Missed();
        return false;
    }

    private bool TryEnter(string? key, CancellationToken cancellationToken, out RefusalReason refusal, out TimeSpan retryAfter, out bool countsInside)
    {
        var door = _core.Door;
        retryAfter = default;
        countsInside = false;
        refusal = default;
        if (door.Closed is { } closed)
        {
            refusal = closed;
            retryAfter = RetryAfter(closed);
            return false;
        }

        if (cancellationToken.IsCancellationRequested)
        {
            refusal = RefusalReason.Cancelled;
            return false;
        }

        if (door.WhenFull == WhenFull.Wait)
        {
            return true;
        }

        if (door.Shedding is { } shedding && (key is null || !_core.Loads!.CanJoin(key)))
        {
            refusal = shedding;
            retryAfter = door.ShedRetryAfter;
            return false;
        }

        refusal = RefusalReason.QueueFull;
        countsInside = door.TryEnter();
        return countsInside;
    }

    private TimeSpan RetryAfter(RefusalReason closed) => closed == RefusalReason.PipelineRestarting ? _core.Door.ClosedRetryAfter : default;

    private Outcome<TResponse> Hit(TResponse value)
    {
        _core.CacheCounters.Hit();
        return Outcome<TResponse>.Success(value);
    }

    private Outcome<TResponse> Refused(RefusalReason reason, TimeSpan retryAfter = default)
    {
        _core.Counters.Count(OutcomeKind.Refusal, reason);
        return Outcome<TResponse>.Refused(reason, retryAfter);
    }

    private Outcome<TResponse> Faulted(Exception fault)
    {
        _core.Counters.Count(OutcomeKind.Fault, default);
        return Outcome<TResponse>.Faulted(fault);
    }

    private CacheEntry<TResponse>? Keep(TRequest request, TResponse response)
    {
        var verdict = _caching!.Judge(request, response);
        if (!verdict.IsKept)
        {
            return null;
        }

        var life = Ticks(verdict.Ttl ?? _core.Options.Cache.Ttl);
        return new CacheEntry<TResponse>(response, _core.Time.GetTimestamp() + life, verdict.Bytes);
    }

    private long Shortened(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return Math.Min(_timeoutTicks, Ticks(timeout));
    }

    private long Ticks(TimeSpan time) => (long)Math.Min(time.TotalSeconds * _core.Time.TimestampFrequency, long.MaxValue / 4);
}
