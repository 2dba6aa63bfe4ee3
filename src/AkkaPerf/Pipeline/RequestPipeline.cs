using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Akka;
using Akka.Streams.Dsl;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Warming;
using AkkaPerf.Exchanges;
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
    private readonly ExchangeMaker<TRequest, TResponse> _maker;
    private readonly DirectAnswers<TRequest, TResponse> _answers;
    private readonly CallerDoor _door;
    private readonly long _timeoutTicks;
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
            Store = new PipelineStore<TResponse>(core, storing, storing.UniteWith);
            _storing = storing;
        }
        else
        {
            _caching = policy;
        }

        _cacheRoute = policy is null ? null : new CacheRoute<TRequest, TResponse>(core.Cache!, policy);
        var route = new ExchangeRoute<TRequest, TResponse>(definition.Handle, _cacheRoute, core.Options.Throttle.Concurrency * 2)
        {
            AffinityOf = definition.AffinityOf,
            Repeats = core.Retrying is null || definition.IsRepeatable is null
                ? null
                : new RepeatRules<TRequest>(definition.IsRepeatable, definition.IsTransient, core.Retrying.Forks),
        };
        _timeoutTicks = Ticks(core.Options.Timeout);
        var spans = new RequestSpans<TRequest>(core, definition.TraceParentOf);
        _maker = new ExchangeMaker<TRequest, TResponse>(core, route, spans, _storing is null ? null : _storing.BeginSpan);
        _answers = new DirectAnswers<TRequest, TResponse>(core, spans);
        _door = new CallerDoor(core);
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

    public IReadOnlyList<RefusalSnapshot> TakeRefusals() => _core.Refusals.Take();

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

    /// <summary>Warms what was hot at the last end.</summary>
    internal Task WarmHotKeysAsync(Func<string, TRequest>? requestOf, CancellationToken cancellationToken) => _cacheRoute is null
        ? Task.CompletedTask
        : new HotKeyWarming<TRequest, TResponse>(_core, _cacheRoute, this, requestOf).RunAsync(cancellationToken);

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
            return new ValueTask<Outcome<TResponse>>(_answers.Hit(request, value));
        }

        if (fault is not null || !TryTellLoad(request, out var isLoad, out fault))
        {
            return new ValueTask<Outcome<TResponse>>(_answers.Faulted(request, fault));
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
            : new ValueTask<Outcome<TResponse>>(_answers.Faulted(request, fault));
    }

    private ValueTask<Outcome<TResponse>> SendWaitingAsync(
        TRequest request, string? key, CacheEntry<TResponse>? outdated, bool isLoad, bool skipsCache, CancellationToken cancellationToken)
    {
        if (!_door.TryApproach(cancellationToken, out var refusal, out var retryAfter))
        {
            return new ValueTask<Outcome<TResponse>>(_answers.Refused(request, isLoad, refusal, retryAfter));
        }

        var current = Tracing.HasListeners ? Activity.Current : null;
        var exchange = _maker.Make(request, key, _timeoutTicks, isLoad, countsInside: false, cancellationToken);
        if (exchange.Span is not null)
        {
            Activity.Current = current;
        }

        exchange.AlwaysWaits = true;
        exchange.Outdated = outdated;
        exchange.SkipsCache = skipsCache;
        var outcome = exchange.Outcome;
        _core.Submit(exchange);
        return outdated is null || skipsCache ? outcome : FallBackAsync(outcome, outdated);
    }

    private ValueTask<TResponse> SendAsync(TRequest request, long timeoutTicks, CancellationToken cancellationToken)
    {
        if (Find(request, out var key, out var value, out var fault, out var outdated))
        {
            _answers.Hit(request, value);
            return new ValueTask<TResponse>(value);
        }

        if (outdated is not null)
        {
            return ValueOfAsync(SendOutdatedAsync(request, key!, outdated, timeoutTicks, cancellationToken), cancellationToken);
        }

        if (fault is not null || !TryTellLoad(request, out var isLoad, out fault))
        {
            _answers.Faulted(request, fault);
            return ValueTask.FromException<TResponse>(fault);
        }

        if (_door.TryEnter(key, cancellationToken, out var refusal, out var retryAfter, out var countsInside))
        {
            return Submit(request, key, outdated: null, timeoutTicks, isLoad, countsInside, cancellationToken).Response;
        }

        _answers.Refused(request, isLoad, refusal);
        return refusal == RefusalReason.Cancelled
            ? ValueTask.FromCanceled<TResponse>(cancellationToken)
            : ValueTask.FromException<TResponse>(new RequestRejectedException(refusal, retryAfter > TimeSpan.Zero ? retryAfter : null));
    }

    private ValueTask<Outcome<TResponse>> TrySendAsync(TRequest request, long timeoutTicks, CancellationToken cancellationToken)
    {
        if (Find(request, out var key, out var value, out var fault, out var outdated))
        {
            return new ValueTask<Outcome<TResponse>>(_answers.Hit(request, value));
        }

        if (outdated is not null)
        {
            return SendOutdatedAsync(request, key!, outdated, timeoutTicks, cancellationToken);
        }

        if (fault is not null || !TryTellLoad(request, out var isLoad, out fault))
        {
            return new ValueTask<Outcome<TResponse>>(_answers.Faulted(request, fault));
        }

        return _door.TryEnter(key, cancellationToken, out var refusal, out var retryAfter, out var countsInside)
            ? Submit(request, key, outdated: null, timeoutTicks, isLoad, countsInside, cancellationToken).Outcome
            : new ValueTask<Outcome<TResponse>>(_answers.Refused(request, isLoad, refusal, retryAfter));
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
        var exchange = _maker.Make(request, key, timeoutTicks, isLoad, countsInside, cancellationToken);
        exchange.Outdated = outdated;
        if (_core.Fast?.TryGrant(exchange) == true)
        {
            exchange.RunHandler();
            return exchange;
        }

        CallerThread.Stand(exchange);
        try
        {
            _core.Submit(exchange);
        }
        finally
        {
            CallerThread.Leave();
        }

        return exchange;
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
        if (!_door.TryEnterBehind())
        {
            return;
        }

        var exchange = _maker.MakeRefresh(request, key, _timeoutTicks);
        exchange.Outdated = entry;
        _ = ConsumeAsync(exchange.Outcome);
        _core.Submit(exchange);
    }

    private static async Task ConsumeAsync(ValueTask<Outcome<TResponse>> outcome) => await outcome.ConfigureAwait(false);

    // There is an answer past its life, for the case that nothing fresh can be had, or not soon enough.
    private ValueTask<Outcome<TResponse>> SendOutdatedAsync(
        TRequest request, string key, CacheEntry<TResponse> outdated, long timeoutTicks, CancellationToken cancellationToken)
    {
        if (!_door.TryEnter(key, cancellationToken, out var refusal, out var retryAfter, out var countsInside))
        {
            var refused = Outcome<TResponse>.Refused(refusal, retryAfter);
            var stale = refusal == RefusalReason.Cancelled ? refused : _answers.Stale(outdated, refused);
            return new ValueTask<Outcome<TResponse>>(stale.IsSuccess ? _answers.GaveStale(request, stale) : _answers.Refused(request, isLoad: false, refusal, retryAfter));
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
        return outcome.IsSuccess || outcome.Reason == RefusalReason.Cancelled ? outcome : _answers.Stale(outdated, outcome);
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
            return _answers.Stale(outdated, Outcome<TResponse>.Refused(RefusalReason.DeadlinePassed));
        }
        catch (OperationCanceledException)
        {
            await own.CancelAsync().ConfigureAwait(false);
            return await sending.ConfigureAwait(false);
        }
    }

    private static async ValueTask<TResponse> ValueOfAsync(ValueTask<Outcome<TResponse>> sending, CancellationToken cancellationToken)
    {
        var outcome = await sending.ConfigureAwait(false);
        return outcome.Reason == RefusalReason.Cancelled
            ? throw new OperationCanceledException("The caller cancelled.", cancellationToken)
            : outcome.Value;
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

    private long Shortened(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return Math.Min(_timeoutTicks, Ticks(timeout));
    }

    private long Ticks(TimeSpan time) => (long)Math.Min(time.TotalSeconds * _core.Time.TimestampFrequency, long.MaxValue / 4);
}
