using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Exchanges;

/// <summary>One request on its way, with its types: the caller awaits the exchange itself.</summary>
internal sealed class Exchange<TRequest, TResponse>
    : Exchange, IEarlyAnswering<TResponse>, IValueTaskSource<TResponse>, IValueTaskSource<Outcome<TResponse>>
{
    private readonly ExchangeRoute<TRequest, TResponse> _route;
    private readonly Action _onHandlerEnded;
    private TRequest _request = default!;

    // RunContinuationsAsynchronously: a caller's continuation never runs on the island's thread. It carries no more than whether the
    // wait was ended from outside, and why: the result itself is written only by whoever holds the exchange.
    private ManualResetValueTaskSourceCore<RefusalReason?> _answer = new() { RunContinuationsAsynchronously = true };
    private CancellationToken _callerToken;
    private CancellationTokenRegistration _callerCancellation;
    private ConfiguredValueTaskAwaitable<TResponse>.ConfiguredValueTaskAwaiter _handler;
    private Outcome<TResponse> _result;
    private HandlerContext<TResponse>? _context;
    private bool _wasLetGo;

    public Exchange(IExchangeHost host, ExchangeRoute<TRequest, TResponse> route)
        : base(host)
    {
        _route = route;
        _onHandlerEnded = OnHandlerEnded;
    }

    public override OutcomeKind ResultKind => _result.Kind;

    /// <summary>What the caller awaits.</summary>
    public ValueTask<TResponse> Response => new(this, _answer.Version);

    /// <summary>What a caller awaits who wants no exceptions.</summary>
    public ValueTask<Outcome<TResponse>> Outcome => new(this, _answer.Version);

    /// <summary>Makes it a caller's exchange, which its caller may end by cancelling; to be called before it is posted.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="key">What the cache knows it by.</param>
    /// <param name="deadline">When its caller stops waiting.</param>
    /// <param name="isForCaller">Whether a caller waits for it, whose context flows to the handler.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public void Begin(TRequest request, string? key, long deadline, bool isForCaller, CancellationToken cancellationToken)
    {
        _request = request;
        Key = key;
        Deadline = deadline;
        if (_route.AffinityOf is { } affinityOf)
        {
            FindAffinity(affinityOf);
        }

        if (_route.Repeats is { IsAskedEarly: true } repeats)
        {
            Tries.IsRepeatable = repeats.Allows(request);
        }

        if (isForCaller)
        {
            CaptureContext();
        }

        if (cancellationToken.CanBeCanceled)
        {
            _callerToken = cancellationToken;
            _callerCancellation = cancellationToken.UnsafeRegister(
                static state => ((Exchange)state!).Abandon(RefusalReason.Cancelled), this);
        }
    }

    public override void SetRefusal(RefusalReason reason, TimeSpan retryAfter = default, Exception? cause = null) =>
        _result = Outcome<TResponse>.Refused(reason, retryAfter, cause);

    public override Exception? ResultException => _result.Exception;

    public override void SetFault(Exception exception) => _result = Outcome<TResponse>.Faulted(exception);

    public override void TakeResult(Exchange load) => _result = ((Exchange<TRequest, TResponse>)load)._result;

    public override void TakeEntry(CacheEntry entry) => _result = Outcome<TResponse>.Success(((CacheEntry<TResponse>)entry).Value);

    public override ValueTask<CacheEntry?> LookUpAsync(CancellationToken cancellationToken) => _route.Levels!.LookUpAsync(Key!, Outdated, cancellationToken);

    public override void StoreSecond()
    {
        // The write asks it later whether it was overtaken: it must not be another's by then.
        _wasLetGo = true;
        _route.Levels!.StoreSecond(Key!, (CacheEntry<TResponse>)Entry!, new OvertakenLoad(this));
    }

    /// <inheritdoc />
    public bool TryGetPrevious([MaybeNullWhen(false)] out TResponse previous)
    {
        previous = Outdated is CacheEntry<TResponse> entry ? entry.Value : default;
        return Outdated is not null;
    }

    public override void ClearResult()
    {
        _result = default;
        Entry = null;
        ConnectFailed = HasHandlerFailed = IsBackendBlamed = false;
        Tries.WantsAnother = false;
        Tries.AfterTicks = 0;
    }

    public override Exchange CreateLoad()
    {
        var load = CreateAnother();
        load.Deadline = long.MaxValue;
        load.Waiters ??= new ExchangeList();
        return load;
    }

    public override Exchange CreateTry()
    {
        var attempt = CreateAnother();
        attempt.Tries.IsTry = true;
        attempt.Tried = Tried;
        attempt.Deadline = WaitedForUntil();
        attempt.CacheVersion = CacheVersion;
        attempt.Overtakings = Overtakings;
        attempt.SentAt = SentAt;
        attempt.WaitsSince = WaitsSince;
        WaitsSince = 0;
        return attempt;
    }

    public override void TakeEnd(Exchange ended)
    {
        var attempt = (Exchange<TRequest, TResponse>)ended;
        if (!attempt.IsAnsweredEarly)
        {
            _result = attempt._result;
        }

        TakePlace(attempt);
        IsAnsweredEarly |= attempt.IsAnsweredEarly;
        Entry = attempt.Entry ?? Entry;
        ConnectFailed = attempt.ConnectFailed;
        HasHandlerFailed = attempt.HasHandlerFailed;
        IsBackendBlamed = attempt.IsBackendBlamed;
        Tries.WantsAnother = attempt.Tries.WantsAnother;
        Tries.AfterTicks = attempt.Tries.AfterTicks;
    }

    public override bool AnswerWithResult(bool goesOnHere = false)
    {
        if (!TryClaimAnswer())
        {
            return false;
        }

        // What came up from a backend or a handler came just now: the clock need not be asked again.
        Count(_result.Kind, _result.Reason ?? default, EndedAt);
        if (goesOnHere)
        {
            _answer.RunContinuationsAsynchronously = false;
        }

        Complete(letGo: null);
        return true;
    }

    public override bool AnswerRefused(RefusalReason reason)
    {
        if (!TryClaimAnswer(isExpired: reason == RefusalReason.DeadlinePassed))
        {
            return false;
        }

        _wasLetGo = true;
        Count(OutcomeKind.Refusal, reason, now: 0);
        Complete(reason);
        return true;
    }

    /// <inheritdoc />
    public TimeSpan TimeLeft
    {
        get
        {
            // A load has no deadline of its own: an early answer would be its leader's. One that has passed is set to never, so as not to pass again.
            // A try may outlive whom it was made for: it looks at nobody but itself.
            var asker = Tries.IsTry ? this : Leader ?? this;
            var deadline = asker.Deadline;
            if (asker.IsAnswered || deadline == long.MaxValue)
            {
                return TimeSpan.Zero;
            }

            var left = Host.Time.GetElapsedTime(Host.Time.GetTimestamp(), deadline);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <inheritdoc />
    public void Keep(TResponse response)
    {
        if (Key is not null)
        {
            Entry = _route.Levels?.Keep(_request, response, this, Host.Time.GetTimestamp());
        }
    }

    /// <inheritdoc />
    public bool TryAnswer(TResponse response) => TryAnswer(response, context: null);

    /// <inheritdoc />
    public bool TryAnswer(TResponse response, HandlerContext<TResponse>? context)
    {
        IsAnsweredEarly = true;
        RespondedAt = Backend is null ? 0 : Host.Time.GetTimestamp();
        var last = this;
        var taker = ClaimEarly(response, isUsedAgain: true, ref last);
        context?.Claimed();
        PassOn(taker, last);
        return taker is not null;
    }

    /// <inheritdoc />
    public void BlameBackend() => IsBackendBlamed = true;

    /// <inheritdoc />
    public void PreferAnother(TimeSpan after = default)
    {
        Tries.WantsAnother = _route.Repeats is { } repeats && (Tries.IsRepeatable || (!repeats.IsAskedEarly && repeats.Allows(_request)));
        Tries.AfterTicks = after > TimeSpan.Zero ? (long)(after.TotalSeconds * Host.Time.TimestampFrequency) : 0;
    }

    TResponse IValueTaskSource<TResponse>.GetResult(short token)
    {
        var outcome = Take(token);

        // One that was cancelled is not used again, so the token is still its own.
        return outcome.Reason == RefusalReason.Cancelled
            ? throw new OperationCanceledException("The caller cancelled.", _callerToken)
            : outcome.Value;
    }

    Outcome<TResponse> IValueTaskSource<Outcome<TResponse>>.GetResult(short token) => Take(token);

    // What GetResult throws must not be announced as a success.
    ValueTaskSourceStatus IValueTaskSource<TResponse>.GetStatus(short token)
    {
        if (_answer.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            return ValueTaskSourceStatus.Pending;
        }

        return _answer.GetResult(token) switch
        {
            null => _result.IsSuccess ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Faulted,
            RefusalReason.Cancelled => ValueTaskSourceStatus.Canceled,
            _ => ValueTaskSourceStatus.Faulted,
        };
    }

    ValueTaskSourceStatus IValueTaskSource<Outcome<TResponse>>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<TResponse>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource<Outcome<TResponse>>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    protected override void Run()
    {
        try
        {
#pragma warning disable CA2012 // The awaiter is kept in the exchange instead of an async method's box; it is consumed once, in OnHandlerEnded.
            _context = (Host.Traits & HandlerTraits.KeepsNoContext) == HandlerTraits.None ? new HandlerContext<TResponse>(this) : null;
            _handler = _route.Handle(_request, Lease?.Connection, _context ?? (IExchangeContext<TResponse>)this).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        }
        catch (Exception exception)
        {
            End(exception);
            return;
        }

        if (_handler.IsCompleted)
        {
            OnHandlerEnded();
        }
        else
        {
            _handler.UnsafeOnCompleted(_onHandlerEnded);
        }
    }

    protected override void Retire()
    {
        // One that was let go may still stand in a queue of notices.
        if (!_wasLetGo && _route.UsesAgain)
        {
            Reset();
            _route.TakeBack(this);
        }
    }

    protected override void Reset()
    {
        base.Reset();
        _answer.Reset();
        _answer.RunContinuationsAsynchronously = true;
        _callerToken = default;
        _callerCancellation = default;
        _request = default!;
        _result = default;
    }

    // The user's code: what it throws is the fault of this exchange, once it comes to the choice of a backend.
    private void FindAffinity(Func<TRequest, string?> affinityOf)
    {
        try
        {
            Affinity = affinityOf(_request);
        }
        catch (Exception exception)
        {
            AffinityFault = exception;
        }
    }

    private void OnHandlerEnded()
    {
        TResponse response;
        try
        {
            response = _handler.GetResult();
            _handler = default;
            CloseContext();
            if (Key is not null && !IsAnsweredEarly)
            {
                Entry = _route.Levels?.Keep(_request, response, this, HandlerEndedAt);
            }
        }
        catch (Exception exception)
        {
            End(exception);
            return;
        }

        // After an early answer the result is the caller's already.
        if (!IsAnsweredEarly)
        {
            _result = Outcome<TResponse>.Success(response);
        }

        Finish();
    }

    private void End(Exception exception)
    {
        _handler = default;
        CloseContext();
        HasHandlerFailed = true;
        ConnectFailed = exception is ConnectFailedException && !IsAnsweredEarly;
        if (!IsAnsweredEarly)
        {
            _result = Outcome<TResponse>.Faulted(exception);
            Tries.AfterTicks = 0;
            Tries.WantsAnother = !ConnectFailed && !IsAnswered && _route.Repeats?.Allows(_request, exception) == true;
        }

        Finish();
    }

    // An answer that is still on its way on another thread keeps the exchange from being used again.
    private void CloseContext()
    {
        if (_context is not null)
        {
            _wasLetGo |= !_context.Close();
            _context = null;
        }
    }

    // Writes an early answer to whom it is for; null if nobody waits for it any more. A load hands it to the one who asked first, whoever joined
    // must ask again; a try hands it to whom it was made for. While its handler or its load's or its tries' runs, nobody else writes the result.
    private Exchange<TRequest, TResponse>? ClaimEarly(TResponse response, bool isUsedAgain, ref Exchange<TRequest, TResponse> last)
    {
        _wasLetGo |= !isUsedAgain || Leader is not null;
        if (!TryClaimAnswer())
        {
            return null;
        }

        last = this;
        if (Leader is Exchange<TRequest, TResponse> leader)
        {
            return leader.ClaimEarly(response, isUsedAgain: false, ref last);
        }

        _result = Outcome<TResponse>.Success(response);
        Count(OutcomeKind.Value, default, RespondedAt);
        return this;
    }

    // Lets the taker go on with what was written, and tells everybody between that it has, up to the last one that was claimed for it: whoever had
    // been answered before may be another's by now, and lead anywhere.
    private void PassOn(Exchange<TRequest, TResponse>? taker, Exchange<TRequest, TResponse> last)
    {
        if (Leader is Exchange<TRequest, TResponse> leader)
        {
            if (this != last)
            {
                leader.PassOn(taker, last);
            }

            if (Tries.IsTry)
            {
                Host.AnsweredEarly(this);
            }
            else
            {
                Host.Unshared(this);
            }
        }
        else if (Fast.IsLoad)
        {
            // Whoever has joined it cannot share this. The notice may come after its end: it must not be another's by then.
            _wasLetGo = true;
            Host.Unshared(this);
        }

        if (Leader is null && taker is not null)
        {
            // This is the handler's thread, not the island's: its caller goes on right here, without a hop.
            _answer.RunContinuationsAsynchronously = false;
            Complete(letGo: null);
        }
    }

    // Of the same request, for whoever leads it.
    private Exchange<TRequest, TResponse> CreateAnother()
    {
        var another = _route.Rent(Host);
        another._request = _request;
        another.Key = Key;
        another.Span = Span;
        another.Affinity = Affinity;
        another.AffinityFault = AffinityFault;
        another.Leader = this;
        another.AlwaysWaits = AlwaysWaits;
        another.Outdated = Outdated;
        another.SkipsCache = SkipsCache;
        another.Epoch = Epoch;
        another.Tries.IsRepeatable = Tries.IsRepeatable;
        another.TakeContext(this);
        return another;
    }

    // Now is a timestamp of this moment, if there is one; else 0.
    private void Count(OutcomeKind kind, RefusalReason reason, long now)
    {
        if (Leader is null)
        {
            if (!IsUncounted)
            {
                Host.Counters.Count(kind, reason);
                if (Host.Durations.IsEnabled)
                {
                    Record(kind, now);
                }
            }

            if (Span is { } span)
            {
                Span = null;
                End(span, kind, reason);
            }
        }
    }

    private void Record(OutcomeKind kind, long now)
    {
        var took = (now == 0 ? Host.Time.GetTimestamp() : now) - CameAt;
        switch (kind)
        {
            case OutcomeKind.Value:
                Host.Durations.Answered(took);
                break;
            case OutcomeKind.Refusal:
                Host.Durations.Refused(took);
                break;
            default:
                Host.Durations.Faulted(took);
                break;
        }
    }

    private void End(Activity span, OutcomeKind kind, RefusalReason reason)
    {
        switch (kind)
        {
            case OutcomeKind.Value:
                Tracing.Answered(span);
                break;
            case OutcomeKind.Refusal:
                Tracing.Refused(span, TagValues<RefusalReason>.Of(reason), isError: reason != RefusalReason.Cancelled);
                break;
            default:
                Tracing.Faulted(span, _result.Exception);
                break;
        }
    }

    private void Complete(RefusalReason? letGo)
    {
        // A callback that is under way holds this exchange and finds it answered: it must not find it used again.
        if (!_callerCancellation.Unregister() && _callerCancellation != default)
        {
            _wasLetGo = true;
        }

        _answer.SetResult(letGo);
    }

    private Outcome<TResponse> Take(short token)
    {
        var outcome = _answer.GetResult(token) is { } letGo ? Outcome<TResponse>.Refused(letGo) : _result;
        Consumed();
        return outcome;
    }
}
