using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Akka;
using Akka.Streams.Dsl;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Warming;
using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Pipeline;

/// <summary>The callers' side of a pipeline: looks the key up, passes the door, stands by while the island decides, runs what was granted.</summary>
internal sealed class RequestPipeline<TRequest, TResponse> : IRequestPipeline<TRequest, TResponse>, IWaitingSender<TRequest, TResponse>, ISucceededPipeline
{
    private readonly PipelineCore _core;
    private readonly PipelineRuntime _runtime;
    private readonly ICachingPolicy<TRequest, TResponse>? _caching;
    private readonly IStoringPolicy<TRequest, TResponse>? _storing;
    private readonly CacheLevels<string>? _levels;
    private readonly CacheRoute<TRequest, TResponse>? _cacheRoute;
    private readonly ExchangeRoute<TRequest, TResponse> _route;
    private readonly long _timeoutTicks;
    private readonly string _spanName;
    private readonly Func<TRequest, ActivityContext>? _traceParentOf;
    private readonly RefreshAhead<string>? _ahead;
    private readonly Lock _gate = new();
    private Task? _closing;

    public RequestPipeline(PipelineCore core, PipelineRuntime runtime, PipelineDefinition<TRequest, TResponse> definition)
    {
        _core = core;
        _runtime = runtime;
        var policy = core.Cache is null ? null : definition.CachingPolicy;
        _levels = core.Cache;
        if (policy is IStoringPolicy<TRequest, TResponse> storing)
        {
            _levels!.Use(storing.Serializer);
            Store = new PipelineStore<TResponse>(core, storing);
            _storing = storing;
        }
        else
        {
            _caching = policy;
        }

        _cacheRoute = policy is null ? null : new CacheRoute<TRequest, TResponse>(core.Cache!, policy, core.Time);
        _route = new ExchangeRoute<TRequest, TResponse>(definition.Handle, _cacheRoute, core.Options.Throttle.Concurrency * 2)
        {
            AffinityOf = definition.AffinityOf,
            Repeats = core.Retrying is null || definition.IsRepeatable is null
                ? null
                : new RepeatRules<TRequest>(definition.IsRepeatable, definition.IsTransient, core.Retrying.Forks),
        };
        _timeoutTicks = Ticks(core.Options.Timeout);
        _spanName = Tracing.NameOf(core.Name);
        _traceParentOf = definition.TraceParentOf;
        Cache = policy is null ? null : new PipelineCache<TRequest, TResponse>(this, core, policy);
        Backends = core.Directory is null ? null : new PipelineBackends(core.Directory, core.Balancing!);
        Connections = core.Limits is null ? null : new PipelineConnections(core, core.Limits);
        _ahead = _levels is null || definition.RequestOf is not { } requestOf || core.Options.Cache.Refresh.Ahead == 0 ? null : new RefreshAhead<string>(
            _levels, core.Options.Cache.Refresh.Ahead, core.Time, (key, entry) => Load(requestOf(key), key, entry));
    }

    public string Name => _core.Name;

    public IPipelineBackends? Backends { get; }

    public IPipelineConnections? Connections { get; }

    public IPipelineCache<TRequest>? Cache { get; }

    public IPipelineStore<TResponse>? Store { get; }

    public void Succeed(IRequestPipeline predecessor)
    {
        if (predecessor is IRequestPipeline<TRequest, TResponse> { Store.Policy: { } policy })
        {
            _storing?.Succeed(policy);
        }
    }

    public PipelineSnapshot Describe() => _runtime.Describe();

    public void SetConcurrency(int concurrency) => _core.Permits.Resize(concurrency);

    public void SetQueue(int places)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(places);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(places, 1_000_000);

        // The stage looks at it with every exchange; told, it also lets those in for whom there is room now.
        _core.Options.Throttle.Queue = places;
        _core.Permits.NotifyChanged();
    }

    public IReadOnlyList<KeyHits<string>> HottestKeys(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return _levels?.First.Hottest(count) ?? [];
    }

    public async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        await _runtime.DrainAsync(cancellationToken).ConfigureAwait(false);
        if (_levels is not null)
        {
            await Closing().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public PipelineOptions Options => _core.Options;

    public void Report() => _core.Report();

    public async Task RetireAsync(bool hasSuccessor = true)
    {
        await _runtime.RetireAsync(hasSuccessor).ConfigureAwait(false);
        if (_levels is not null)
        {
            await Closing().ConfigureAwait(false);
        }
    }

    /// <summary>Warms what was hot at the last end: from the second level, and from the source what that has lost.</summary>
    internal async Task WarmHotKeysAsync(Func<string, TRequest>? requestOf, CancellationToken cancellationToken)
    {
        if (_levels?.Second is not { } second || _core.Options.Cache.Warming.HotKeys == 0)
        {
            return;
        }

        var keys = await HotKeys.ReadAsync(second, cancellationToken).ConfigureAwait(false);
        var warmer = new Warmer<string>(_core.Options.Cache.Warming, _core.Time, IsKnown, WarmAsync, progress: null);
        await warmer.RunAsync(keys.Take(_core.Options.Cache.Warming.HotKeys).ToAsyncEnumerable(), cancellationToken).ConfigureAwait(false);

        bool IsKnown(string key) => _levels.Peek(key, _core.Time.GetTimestamp()) is not null;

        async ValueTask<Exception?> WarmAsync(string key, CancellationToken token)
        {
            if (await _cacheRoute!.LookUpAsync(key, outdated: null, token).ConfigureAwait(false) is { } entry)
            {
                _levels.First.Set(key, entry);
            }
            else if (requestOf is not null)
            {
                try
                {
                    await SendWaitingAsync(requestOf(key), token).ConfigureAwait(false);
                }
                catch (Exception exception)
                {
                    // A key of another version, perhaps: the others are warmed.
                    return exception;
                }
            }

            return null;
        }
    }

    private Task Closing()
    {
        lock (_gate)
        {
            return _closing ??= CloseAsync();
        }
    }

    // The first level can still be asked; what goes on behind the callers' backs ends.
    private async Task CloseAsync()
    {
        _ahead?.Dispose();
        await _levels!.SaveHotKeysAsync(_core.Options.Cache.Warming.HotKeys, CancellationToken.None).ConfigureAwait(false);
        await _levels.CloseAsync().ConfigureAwait(false);
    }

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

    public Flow<TRequest, Outcome<TResponse>, NotUsed> AsFlow(int parallelism = 0) =>
        RequestFlowStage<TRequest, TResponse>.FlowThrough(_core.Name, this, parallelism, _core.Permits.Limit);

    public ValueTask<Outcome<TResponse>> SendWaitingAsync(TRequest request, CancellationToken cancellationToken)
    {
        if (Find(request, out var key, out var value, out var fault, out var outdated))
        {
            return new ValueTask<Outcome<TResponse>>(Hit(request, value));
        }

        if (fault is not null || !TryTellLoad(request, out var isLoad, out fault))
        {
            return new ValueTask<Outcome<TResponse>>(Faulted(request, fault));
        }

        return SendWaitingAsync(request, key, outdated, isLoad, skipsCache: false, cancellationToken);
    }

    /// <summary>Asks the source whatever the cache knows; waits for room whatever <c>when-full</c> says.</summary>
    internal ValueTask<Outcome<TResponse>> ReloadAsync(TRequest request, CancellationToken cancellationToken)
    {
        var key = _caching?.KeyOf(request);
        var known = key is null ? null : _levels!.Peek(key, _core.Time.GetTimestamp()) as CacheEntry<TResponse>;
        return TryTellLoad(request, out var isLoad, out var fault)
            ? SendWaitingAsync(request, key, known, isLoad, skipsCache: true, cancellationToken)
            : new ValueTask<Outcome<TResponse>>(Faulted(request, fault));
    }

    private ValueTask<Outcome<TResponse>> SendWaitingAsync(
        TRequest request, string? key, CacheEntry<TResponse>? outdated, bool isLoad, bool skipsCache, CancellationToken cancellationToken)
    {
        if (_core.Door.Closed is { } closed)
        {
            return new ValueTask<Outcome<TResponse>>(Refused(request, isLoad, closed, RetryAfter(closed)));
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return new ValueTask<Outcome<TResponse>>(Refused(request, isLoad, RefusalReason.Cancelled));
        }

        if (!_core.Ingress.TryApproach())
        {
            return new ValueTask<Outcome<TResponse>>(Refused(request, isLoad, RefusalReason.PipelineStopping));
        }

        var current = Tracing.HasListeners ? Activity.Current : null;
        var exchange = NewExchange(request, key, _timeoutTicks, isLoad, countsInside: false, cancellationToken);
        if (exchange.Span is not null)
        {
            Activity.Current = current;
        }

        exchange.AlwaysWaits = true;

        exchange.Outdated = outdated;
        exchange.SkipsCache = skipsCache;
        var outcome = exchange.Outcome;
        _core.Ingress.Submit(exchange);
        return outdated is null || skipsCache ? outcome : FallBackAsync(outcome, outdated);
    }

    private ValueTask<TResponse> SendAsync(TRequest request, long timeoutTicks, CancellationToken cancellationToken)
    {
        if (Find(request, out var key, out var value, out var fault, out var outdated))
        {
            Hit(request, value);
            return new ValueTask<TResponse>(value);
        }

        if (outdated is not null)
        {
            return ValueOfAsync(SendOutdatedAsync(request, key!, outdated, timeoutTicks, cancellationToken), cancellationToken);
        }

        if (fault is not null || !TryTellLoad(request, out var isLoad, out fault))
        {
            Faulted(request, fault);
            return ValueTask.FromException<TResponse>(fault);
        }

        if (TryEnter(key, cancellationToken, out var refusal, out var retryAfter, out var countsInside))
        {
            return Submit(request, key, outdated: null, timeoutTicks, isLoad, countsInside, cancellationToken).Response;
        }

        Refused(request, isLoad, refusal);
        return refusal == RefusalReason.Cancelled
            ? ValueTask.FromCanceled<TResponse>(cancellationToken)
            : ValueTask.FromException<TResponse>(new RequestRejectedException(refusal, retryAfter > TimeSpan.Zero ? retryAfter : null));
    }

    private ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, long timeoutTicks, CancellationToken cancellationToken)
    {
        if (Find(request, out var key, out var value, out var fault, out var outdated))
        {
            return new ValueTask<Outcome<TResponse>>(Hit(request, value));
        }

        if (outdated is not null)
        {
            return SendOutdatedAsync(request, key!, outdated, timeoutTicks, cancellationToken);
        }

        if (fault is not null || !TryTellLoad(request, out var isLoad, out fault))
        {
            return new ValueTask<Outcome<TResponse>>(Faulted(request, fault));
        }

        return TryEnter(key, cancellationToken, out var refusal, out var retryAfter, out var countsInside)
            ? Submit(request, key, outdated: null, timeoutTicks, isLoad, countsInside, cancellationToken).Outcome
            : new ValueTask<Outcome<TResponse>>(Refused(request, isLoad, refusal, retryAfter));
    }

    private Exchange<TRequest, TResponse> Submit(
        TRequest request, string? key, CacheEntry? outdated, long timeoutTicks, bool isLoad, bool countsInside, CancellationToken cancellationToken)
    {
        if (!Tracing.HasListeners)
        {
            return SubmitStanding(request, key, outdated, timeoutTicks, isLoad, countsInside, cancellationToken);
        }

        // A handler that runs right here has the exchange's span as its current one, whoever sent it has its own again.
        var current = Activity.Current;
        try
        {
            return SubmitStanding(request, key, outdated, timeoutTicks, isLoad, countsInside, cancellationToken);
        }
        finally
        {
            Activity.Current = current;
        }
    }

    private Exchange<TRequest, TResponse> SubmitStanding(
        TRequest request, string? key, CacheEntry? outdated, long timeoutTicks, bool isLoad, bool countsInside, CancellationToken cancellationToken)
    {
        var exchange = NewExchange(request, key, timeoutTicks, isLoad, countsInside, cancellationToken);
        exchange.Outdated = outdated;
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

    // What is the user's, such as a listener to its span, may throw: the place that it came in with is free again.
    private Exchange<TRequest, TResponse> NewExchange(
        TRequest request, string? key, long timeoutTicks, bool isLoad, bool countsInside, CancellationToken cancellationToken)
    {
        try
        {
            var exchange = RentExchange(countsInside);
            exchange.IsUncounted = isLoad;
            if (Tracing.HasListeners)
            {
                exchange.Span = StartSpan(request);
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

    // Nobody waits for it, so it is no request.
    private Exchange<TRequest, TResponse> NewRefresh(TRequest request, string key)
    {
        try
        {
            var exchange = RentExchange(countsInside: true);
            exchange.IsUncounted = true;
            if (Tracing.HasListeners)
            {
                exchange.Span = StartRefreshSpan(request);
            }

            exchange.Begin(request, key, exchange.CameAt + _timeoutTicks, isForCaller: false, CancellationToken.None);
            return exchange;
        }
        catch
        {
            _core.Ingress.Withdraw(countsInside: true);
            throw;
        }
    }

    private Exchange<TRequest, TResponse> RentExchange(bool countsInside)
    {
        _core.Arrivals.Count();
        var exchange = _route.Rent(_core);
        exchange.AlwaysWaits = false;
        exchange.CountsInside = countsInside;
        exchange.Epoch = _core.Ingress.Epoch;
        exchange.CameAt = exchange.WaitsSince = _core.Time.GetTimestamp();
        return exchange;
    }

    // A trace of its own: whoever caused it does not wait for it.
    private Activity? StartRefreshSpan(TRequest request)
    {
        var current = Activity.Current;
        var cause = current?.Context ?? RemoteParentOf(request);
        Activity.Current = null;
        var span = Tracing.StartRefresh(_spanName, _core.Name, cause);
        Activity.Current = current;
        return span;
    }

    // Where nothing is current the request may say what it is part of.
    private ActivityContext RemoteParentOf(TRequest request)
    {
        if (_traceParentOf is not null && Activity.Current is null)
        {
            try
            {
                return _traceParentOf(request);
            }
            catch (Exception)
            {
                // The user's code: a request without a trace is none the worse.
            }
        }

        return default;
    }

    private Activity? StartSpan(TRequest request)
    {
        var remote = RemoteParentOf(request);
        return Tracing.Start(_spanName, _core.Name, _core.Directory is null ? ActivityKind.Internal : ActivityKind.Client, remote);
    }

    // The look-up on the caller's thread: a hit makes no hop and allocates nothing. A key that cannot be told is the request's fault.
    private bool Find(TRequest request, out string? key, out TResponse value, out Exception? fault, out CacheEntry<TResponse>? outdated)
    {
        key = null;
        value = default!;
        fault = null;
        outdated = null;
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

        if (_levels!.Find(key, out var now) is CacheEntry<TResponse> entry)
        {
            if (!entry.IsUsable(now))
            {
                outdated = entry;
            }
            else
            {
                if (now >= entry.Life.RefreshAt || now >= entry.Life.FreshUntil)
                {
                    Refresh(request, key, entry, now);
                }

                value = entry.Value;
                return true;
            }
        }

        _levels.Counters.Missed();
        return false;
    }

    // Answered at once, and one caller sets the refresh going: in the background, through the permits, if there is room.
    private void Refresh(TRequest request, string key, CacheEntry<TResponse> entry, long now)
    {
        if (now >= entry.Life.FreshUntil)
        {
            _levels!.Counters.ServedStale();
        }

        // What is held because the source failed is not refreshed: that is what it is held for.
        if (now < entry.Life.RevalidateUntil && entry.TryClaimRefresh(now, _levels!.Lives.NextTry(now)))
        {
            _levels.Counters.Refreshed();
            Load(request, key, entry);
        }
    }

    private void Load(TRequest request, string key, CacheEntry entry)
    {
        if (_core.Door is not { Closed: null, Shedding: null } || !_core.Ingress.TryEnter())
        {
            return;
        }

        var exchange = NewRefresh(request, key);
        exchange.Outdated = entry;
        _ = ConsumeAsync(exchange.Outcome);
        _core.Ingress.Submit(exchange);
    }

    private static async Task ConsumeAsync(ValueTask<Outcome<TResponse>> outcome) => await outcome.ConfigureAwait(false);

    // There is an answer past its life, for the case that nothing fresh can be had, or not soon enough.
    private ValueTask<Outcome<TResponse>> SendOutdatedAsync(
        TRequest request, string key, CacheEntry<TResponse> outdated, long timeoutTicks, CancellationToken cancellationToken)
    {
        if (!TryEnter(key, cancellationToken, out var refusal, out var retryAfter, out var countsInside))
        {
            var refused = Outcome<TResponse>.Refused(refusal, retryAfter);
            var stale = refusal == RefusalReason.Cancelled ? refused : Stale(outdated, refused);
            return new ValueTask<Outcome<TResponse>>(stale.IsSuccess ? GaveStale(request, stale) : Refused(request, isLoad: false, refusal, retryAfter));
        }

        var soft = _levels!.Lives.SoftTimeout(entry: null);
        if (soft <= TimeSpan.Zero)
        {
            return FallBackAsync(Submit(request, key, outdated, timeoutTicks, isLoad: false, countsInside, cancellationToken).Outcome, outdated);
        }

        // The load goes on after its caller has left, but not after its caller has cancelled.
        var own = new CancellationTokenSource();
        var sending = Submit(request, key, outdated, timeoutTicks, isLoad: false, countsInside, own.Token).Outcome.AsTask();
        return WaitSoftlyAsync(sending, own, outdated, soft, cancellationToken);
    }

    private async ValueTask<Outcome<TResponse>> FallBackAsync(ValueTask<Outcome<TResponse>> sending, CacheEntry<TResponse> outdated)
    {
        var outcome = await sending.ConfigureAwait(false);
        return outcome.IsSuccess || outcome.Reason == RefusalReason.Cancelled ? outcome : Stale(outdated, outcome);
    }

    private async ValueTask<Outcome<TResponse>> WaitSoftlyAsync(
        Task<Outcome<TResponse>> sending, CancellationTokenSource own, CacheEntry<TResponse> outdated, TimeSpan soft, CancellationToken cancellationToken)
    {
        try
        {
            return await FallBackAsync(
                new ValueTask<Outcome<TResponse>>(sending.WaitAsync(soft, _core.Time, cancellationToken)), outdated).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return Stale(outdated, Outcome<TResponse>.Refused(RefusalReason.DeadlinePassed));
        }
        catch (OperationCanceledException)
        {
            await own.CancelAsync().ConfigureAwait(false);
            return await sending.ConfigureAwait(false);
        }
    }

    // Past its life, but allowed as nothing fresh can be had; for a while nobody asks the source again.
    private Outcome<TResponse> Stale(CacheEntry<TResponse> outdated, Outcome<TResponse> instead)
    {
        var now = _core.Time.GetTimestamp();
        if (now >= outdated.Life.ExpiresAt)
        {
            return instead;
        }

        outdated.HeldUntil = _levels!.Lives.NextTry(now);
        _levels.Counters.ServedStale();
        return Outcome<TResponse>.Success(outdated.Value);
    }

    private static async ValueTask<TResponse> ValueOfAsync(ValueTask<Outcome<TResponse>> sending, CancellationToken cancellationToken)
    {
        var outcome = await sending.ConfigureAwait(false);
        return outcome.Reason == RefusalReason.Cancelled
            ? throw new OperationCanceledException("The caller cancelled.", cancellationToken)
            : outcome.Value;
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
            refusal = RefusalReason.PipelineStopping;
            return _core.Ingress.TryApproach();
        }

        if (door.Shedding is { } shedding && (key is null || !_core.Loads!.CanJoin(key)))
        {
            refusal = shedding;
            retryAfter = door.ShedRetryAfter;
            return false;
        }

        countsInside = _core.Ingress.TryEnter();
        refusal = door.Closed == RefusalReason.PipelineStopping ? RefusalReason.PipelineStopping : RefusalReason.QueueFull;
        if (!countsInside && refusal == RefusalReason.QueueFull)
        {
            _core.Overload?.RefusedAtDoor();
        }

        return countsInside;
    }

    private TimeSpan RetryAfter(RefusalReason closed) => closed == RefusalReason.PipelineRestarting ? _core.Door.ClosedRetryAfter : default;

    private Outcome<TResponse> Hit(TRequest request, TResponse value)
    {
        _levels!.Counters.LocalHit();
        TraceHit(request);
        return Outcome<TResponse>.Success(value);
    }

    private Outcome<TResponse> GaveStale(TRequest request, Outcome<TResponse> stale)
    {
        _core.Counters.Count(OutcomeKind.Value, default);
        TraceHit(request);
        return stale;
    }

    private void TraceHit(TRequest request)
    {
        if (Tracing.HasListeners && StartSpan(request) is { } span)
        {
            Tracing.Note(span, "akkaperf.caching.hit");
            Tracing.Answered(span);
        }
    }

    // The user's code, asked before the door: what it throws is the request's fault.
    private bool TryTellLoad(TRequest request, out bool isLoad, [NotNullWhen(false)] out Exception? fault)
    {
        isLoad = false;
        fault = null;
        if (_storing is null)
        {
            return true;
        }

        try
        {
            isLoad = _storing.IsLoad(request);
            return true;
        }
        catch (Exception exception)
        {
            fault = exception;
            return false;
        }
    }

    private Outcome<TResponse> Refused(TRequest request, bool isLoad, RefusalReason reason, TimeSpan retryAfter = default)
    {
        if (reason == RefusalReason.PipelineStopping && _core.HasSuccessor)
        {
            // Whoever forwarded it here asks the successor, where it is counted.
            return Outcome<TResponse>.Refused(reason, retryAfter);
        }

        if (!isLoad)
        {
            _core.Counters.Count(OutcomeKind.Refusal, reason);
        }

        if (Tracing.HasListeners && StartSpan(request) is { } span)
        {
            Tracing.Refused(span, TagValues<RefusalReason>.Of(reason), isError: reason != RefusalReason.Cancelled);
        }

        return Outcome<TResponse>.Refused(reason, retryAfter);
    }

    private Outcome<TResponse> Faulted(TRequest request, Exception fault)
    {
        _core.Counters.Count(OutcomeKind.Fault, default);
        if (Tracing.HasListeners && StartSpan(request) is { } span)
        {
            Tracing.Faulted(span, fault);
        }

        return Outcome<TResponse>.Faulted(fault);
    }

    private long Shortened(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return Math.Min(_timeoutTicks, Ticks(timeout));
    }

    private long Ticks(TimeSpan time) => (long)Math.Min(time.TotalSeconds * _core.Time.TimestampFrequency, long.MaxValue / 4);
}
