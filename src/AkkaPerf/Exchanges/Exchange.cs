using System.Diagnostics;
using AkkaPerf.Backends;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Exchanges;

/// <summary>One request on its way. It ends twice: answered (its caller has an outcome) and returned (all it held is free again).</summary>
/// <remarks>
/// Answered happens exactly once, first wins, from any thread. Returned happens exactly once, by whoever holds the exchange then
/// (<see cref="Phase"/>). Only after both, and only if nobody was told to let it go, it is used again. Unless said otherwise a member belongs to the island's thread while the phase is
/// <see cref="ExchangePhase.OnIsland"/>; posting to a queue hands it over.
/// </remarks>
internal abstract class Exchange : ILeaseWaiter, IThreadPoolWorkItem, IOvertakable
{
    private const int ReturnedEnding = 1;
    private const int ConsumedEnding = 2;
    private const int Answered = 1;
    private const int Expired = 2;

    private readonly IExchangeHost _host;
    private CancellationTokenSource? _tokenSource;
    private ExecutionContext? _callerContext;
    private int _answered;
    private int _endings;
    private int _overtaken;
    private long _handlerEndedAt;
    private ExchangeTries _tries;
    private FastState _fast;

    protected Exchange(IExchangeHost host) => _host = host;

    /// <summary>Its span, or for a load or a try that of whom it was made for; null if it is not traced. Written before it is posted, taken by whoever answers.</summary>
    public Activity? Span { get; set; }

    /// <summary>When it came, as a timestamp of the pipeline's clock.</summary>
    public long CameAt { get; set; }

    /// <summary>Since when it waits for its start, as a timestamp of the pipeline's clock; 0 once that has been recorded, or if it is not to be.</summary>
    public long WaitsSince { get; set; }

    /// <summary>When its caller stops waiting, as a timestamp of the pipeline's clock. A load has none of its own: it ends when its last waiter leaves.</summary>
    public long Deadline { get; set; }

    /// <summary>What the cache knows it by; null if it is none of the cache's business.</summary>
    public string? Key { get; set; }

    /// <summary>What a hash policy knows it by, if not by its key.</summary>
    public string? Affinity { get; protected set; }

    /// <summary>Why that could not be told.</summary>
    public Exception? AffinityFault { get; protected set; }

    /// <summary>For a load: the exchange that asked first; for a try: the one it is made for. Null for a caller's own exchange.</summary>
    public Exchange? Leader { get; set; }

    /// <summary>What the retrying stage knows of it.</summary>
    public ref ExchangeTries Tries => ref _tries;

    /// <summary>Whether the island knows of it.</summary>
    public ref FastState Fast => ref _fast;

    /// <summary>For a load: those who wait for it. Null for a caller's own exchange that never was one. The island's thread.</summary>
    public ExchangeList? Waiters { get; protected set; }

    /// <summary>Whether it waits for room whatever <c>when-full</c> says, as batches and flows do.</summary>
    public bool AlwaysWaits { get; set; }

    /// <summary>What the cache knew and wants replaced: only what is newer answers. Written before it is posted, or by the caching stage.</summary>
    public CacheEntry? Outdated { get; set; }

    /// <summary>When it was sent for an answer, as a timestamp of the pipeline's clock.</summary>
    public long SentAt { get; set; }

    /// <summary>Whether it is answered by its source whatever is known.</summary>
    public bool SkipsCache { get; set; }

    /// <summary>The version of the cache's invalidations when it was sent for an answer.</summary>
    public int CacheVersion { get; set; }

    /// <summary>For an exchange that shares no load: how often keys had been set or removed when it was sent for an answer.</summary>
    public int Overtakings { get; set; }

    /// <summary>Whether it was told that its key was set or removed meanwhile: its answer is not stored. Any thread may say so.</summary>
    public bool IsOvertaken => Volatile.Read(ref _overtaken) != 0;

    public ExchangePhase Phase { get; set; }

    /// <summary>Which materialisation took it in: another one must not look for it in its own queues.</summary>
    public int Epoch { get; set; }

    /// <summary>Whether it counts in the door's capacity.</summary>
    public bool CountsInside { get; set; }

    /// <summary>Whether it is a load of a storing policy, who counts those who wait for it. Written before it is posted.</summary>
    public bool IsUncounted { get; set; }

    /// <summary>Whether it holds a permit.</summary>
    public bool HasPermit { get; set; }

    /// <summary>Whether a caller left while the handler ran.</summary>
    public bool IsZombie { get; set; }

    /// <summary>The load it waits for, if any.</summary>
    public Exchange? Load { get; set; }

    /// <summary>Who parks it now and wants to know when it is abandoned.</summary>
    public Action<Exchange>? Station { get; set; }

    public ExchangeList? List { get; set; }

    public Exchange? Next { get; set; }

    public Exchange? Previous { get; set; }

    /// <summary>Its place among the deadlines, in the heap or the table; -1 if it has none.</summary>
    public int DeadlinePlace { get; set; } = -1;

    public Backend? Backend { get; private set; }

    /// <summary>The last backend it was assigned, also after it was told how it went.</summary>
    public Backend? LastBackend { get; private set; }

    /// <summary>When the backend was assigned, as a timestamp of the pipeline's clock.</summary>
    public long AssignedAt { get; private set; }

    /// <summary>When its handler could start, as a timestamp of the pipeline's clock; 0 if it could not, or nobody wants to know.</summary>
    private long GrantedAt { get; set; }

    /// <summary>When the backend was told how it went; 0 if there was none, or nothing to tell. Without a backend when the handler ended, if somebody wants to know.</summary>
    public long EndedAt { get; private set; }

    /// <summary>When its handler ended: asked of the clock once, by whoever wants to know first. Only whoever runs the handler asks, once it has.</summary>
    public long HandlerEndedAt => _handlerEndedAt != 0 ? _handlerEndedAt : _handlerEndedAt = _host.Time.GetTimestamp();

    /// <summary>How long its backend took to answer, in ticks of the pipeline's clock.</summary>
    public long Took => (RespondedAt == 0 ? EndedAt : RespondedAt) - AssignedAt;

    /// <summary>When the handler gave an early answer; 0 if it has not. Written before the handler ends.</summary>
    protected long RespondedAt { get; set; }

    /// <summary>The backends that were tried before; null if none was.</summary>
    public TriedBackends? Tried { get; set; }

    public Lease? Lease { get; set; }

    /// <summary>Why there is no lease, once the pool has said so.</summary>
    public Exception? LeaseFailure { get; private set; }

    /// <summary>When the pool tries to connect again, if that is why there is no lease; else zero.</summary>
    public TimeSpan LeaseRetryAfter { get; private set; }

    /// <summary>Whether nothing was sent because no connection could be opened.</summary>
    public bool ConnectFailed { get; set; }

    /// <inheritdoc />
    public bool PrefersFailure { get; set; }

    /// <summary>What the cache should keep of the answer; made where the handler ended.</summary>
    public CacheEntry? Entry { get; protected set; }

    /// <summary>Whether a caller has an outcome, or a load has nobody left. Any thread.</summary>
    public bool IsAnswered => Volatile.Read(ref _answered) != 0;

    /// <summary>Whether the deadline was its answer. Any thread.</summary>
    public bool IsExpired => Volatile.Read(ref _answered) == Expired;

    /// <inheritdoc />
    bool IOvertakable.IsOvertaken => _host.IsOvertaken(this);

    string ILeaseWaiter.Holder => Key is null ? $"pipeline {_host.Name}" : $"pipeline {_host.Name}, key {Key}";

    bool ILeaseWaiter.IsAbandoned => IsAnswered;

    /// <summary>What happened on the way, once it comes up. None while it goes down.</summary>
    public abstract OutcomeKind ResultKind { get; }

    /// <summary>Whether the result was given before the handler ended.</summary>
    public bool IsAnsweredEarly { get; protected set; }

    /// <summary>Whether the handler failed, if only after it had answered: its backend is to blame and its connection is not to be used again.</summary>
    public bool HasHandlerFailed { get; protected set; }

    /// <summary>Whether the handler said that its answer speaks against the backend.</summary>
    public bool IsBackendBlamed { get; protected set; }

    /// <summary>The pipeline's figures.</summary>
    public ExchangeCounters Counters => _host.Counters;

    protected IExchangeHost Host => _host;

    /// <summary>Cancelled when nobody waits any more. For the handler's thread.</summary>
    public CancellationToken CancellationToken => _tokenSource?.Token ?? new CancellationToken(canceled: true);

    /// <summary>The exception of its result; null if that is none.</summary>
    public abstract Exception? ResultException { get; }

    /// <summary>Takes over a failure of what decides about it.</summary>
    public abstract void SetFault(Exception exception);

    public abstract void SetRefusal(RefusalReason reason, TimeSpan retryAfter = default, Exception? cause = null);

    /// <summary>Takes over how a load ended.</summary>
    public abstract void TakeResult(Exchange load);

    /// <summary>Asks the cache's second level; only for a load, on its way down.</summary>
    public abstract ValueTask<CacheEntry?> LookUpAsync(CancellationToken cancellationToken);

    /// <summary>Has what is to be kept of the answer written to the cache's second level, later.</summary>
    public abstract void StoreSecond();

    /// <summary>Sees to it that its answer is not stored. Any thread.</summary>
    public void Overtake() => Interlocked.Exchange(ref _overtaken, 1);

    /// <summary>Takes over a kept answer.</summary>
    public abstract void TakeEntry(CacheEntry entry);

    /// <summary>Forgets the result, so that it can go down once more.</summary>
    public abstract void ClearResult();

    /// <summary>Makes the load that fills this exchange's key.</summary>
    public abstract Exchange CreateLoad();

    /// <summary>Makes one try for this exchange, which runs beside others.</summary>
    public abstract Exchange CreateTry();

    /// <summary>Takes over how a try ended, but what was answered early.</summary>
    public abstract void TakeEnd(Exchange ended);

    /// <summary>Ends a try that came up, so that it cannot answer early any more; false if it has, or was let go.</summary>
    public bool TryEnd() => TryClaimAnswer();

    /// <summary>Until when somebody waits for it, as a timestamp of the pipeline's clock.</summary>
    public long WaitedForUntil()
    {
        if (Leader is null)
        {
            return Deadline;
        }

        var latest = 0L;
        for (var waiter = Waiters!.First; waiter is not null; waiter = waiter.Next)
        {
            latest = waiter.IsAnswered ? latest : Math.Max(latest, waiter.Deadline);
        }

        return latest;
    }

    /// <summary>Gives the caller what came up; false if it has an outcome already.</summary>
    /// <param name="goesOnHere">Whether the caller may go on on this thread, which is its handler's and not the island's.</param>
    public abstract bool AnswerWithResult(bool goesOnHere = false);

    /// <summary>Ends the caller's wait with a refusal and tells everybody to let go; false if it has an outcome already. Any thread.</summary>
    public bool Abandon(RefusalReason reason)
    {
        if (!AnswerRefused(reason))
        {
            return false;
        }

        if (_fast.IsFast)
        {
            LetGo();
            return true;
        }

        CancelHandler();
        _host.Abandoned(this);
        return true;
    }

    /// <summary>Its caller has left: stops a handler that runs without the island, unless others wait for what it brings. Any thread.</summary>
    public void LetGo()
    {
        if (_fast.TryAbandon())
        {
            Counters.ZombieBorn();
            CancelHandler();
        }
    }

    /// <summary>Hands what it was given on its way on to the load that is made for it.</summary>
    public void HandOver(Exchange load)
    {
        load.HasPermit = HasPermit;
        load.Backend = Backend;
        load.AssignedAt = AssignedAt;
        load.PrefersFailure = PrefersFailure;
        HasPermit = false;
        Backend = null;
    }

    /// <summary>Lets others wait for what it brings.</summary>
    public ExchangeList WithWaiters() => Waiters ??= new ExchangeList();

    /// <summary>Ends the caller's wait with a refusal; false if it has an outcome already. Any thread.</summary>
    public abstract bool AnswerRefused(RefusalReason reason);

    /// <summary>Lets the handler start: on its caller's thread if that stands in SendAsync, on this one if it blocks nobody, else on the thread pool.</summary>
    /// <param name="hasWaited">Whether it waited for a connection.</param>
    public void Grant(bool hasWaited = false)
    {
        Phase = ExchangePhase.Running;
        if (_host.Durations.IsEnabled)
        {
            MarkGranted(hasWaited);
        }

        var mayRunHere = _callerContext is not null && (_host.Traits & HandlerTraits.NonBlocking) != HandlerTraits.None;
        CallerThread.Start(this, Leader?.Leader ?? Leader ?? this, mayRunHere);
    }

    /// <summary>Marks the handler as running right here, without the island: it has waited for nothing.</summary>
    public void GrantHere()
    {
        Phase = ExchangePhase.Running;
        WaitsSince = 0;
        if (_host.Durations.IsEnabled)
        {
            // When it came: what has been decided since is not worth a look at the clock.
            GrantedAt = Backend is null ? CameAt : AssignedAt;
        }
    }

    /// <summary>Runs the handler on a thread of the pool, with what flows from its caller: activity, log scopes, other async locals.</summary>
    public void Execute()
    {
        if (_callerContext is { } context)
        {
            ExecutionContext.Run(context, static exchange => ((Exchange)exchange!).RunHandler(), this);
        }
        else if (Span is { } span)
        {
            // Nobody's context, as of a refresh in the background: all that flows to its handler is its own span.
            Activity.Current = span;
            RunHandler();
            Activity.Current = null;
        }
        else
        {
            RunHandler();
        }
    }

    /// <summary>Runs the handler right here, and reports its end to the host.</summary>
    public void RunHandler()
    {
        _handlerEndedAt = 0;
        if (!IsAnswered)
        {
            // Published before the second look: whoever answers either sees the source and cancels it, or is seen here.
            var source = _host.RentTokenSource();
            Interlocked.Exchange(ref _tokenSource, source);
            if (!IsAnswered)
            {
                Run();
                return;
            }

            ReturnTokenSource();
        }

        Finish();
    }

    /// <inheritdoc />
    void ILeaseWaiter.Granted(Lease lease)
    {
        Lease = lease;
        _host.Leased(this);
    }

    /// <inheritdoc />
    void ILeaseWaiter.Refused(Exception? cause, bool isConnectFailure, TimeSpan retryAfter)
    {
        LeaseFailure = cause;
        LeaseRetryAfter = retryAfter;
        ConnectFailed = isConnectFailure;
        _host.Leased(this);
    }

    /// <summary>Frees all that is held; only the first call counts. By whoever holds the exchange.</summary>
    public void Return()
    {
        if (Phase == ExchangePhase.Returned)
        {
            return;
        }

        Phase = ExchangePhase.Returned;
        Station = null;
        ReleaseLease(isBroken: false);
        ReleaseBackend(BackendOutcome.Inconclusive);
        if (_fast.IsLoad)
        {
            _fast.IsLoad = false;
            _host.LoadLost(this);
        }

        _host.GiveBack(this);
        OnEnding(Leader is null ? ReturnedEnding : ReturnedEnding | ConsumedEnding);
    }

    /// <summary>Gives the lease back, if there is one.</summary>
    public void ReleaseLease(bool isBroken)
    {
        Lease?.Release(isBroken);
        Lease = null;
    }

    /// <summary>Takes the backend that has been found for it, which counts it already.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="now">The timestamp of now.</param>
    /// <param name="hasWaited">Whether it may have waited until then.</param>
    public void Assign(Backend backend, long now, bool hasWaited = true)
    {
        Backend = backend;
        AssignedAt = now;
        GrantedAt = 0;
        RespondedAt = 0;
        Span?.SetTag(Tags.Backend, backend.Id);
        if (!hasWaited)
        {
            WaitsSince = 0;
        }
        else if (WaitsSince != 0 && _host.Durations.IsEnabled)
        {
            RecordWait(now);
        }
    }

    /// <summary>Tells the backend how it went, if there is one.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="now">The timestamp of now; not needed while nothing is known.</param>
    public void ReleaseBackend(BackendOutcome outcome, long now = 0)
    {
        if (Backend is { } backend)
        {
            backend.Ended(outcome, AssignedAt, RespondedAt == 0 ? now : RespondedAt, now);
            if (now != 0 && _host.Durations.IsEnabled)
            {
                Record(backend, now);
            }

            LastBackend = backend;
            EndedAt = now;
            Backend = null;
        }
    }

    /// <summary>Notes in its span where it is.</summary>
    public void Note(string station, string? tag = null, object? value = null)
    {
        if (Span is { } span)
        {
            Tracing.Note(span, station, tag, value);
        }
    }

    /// <summary>Links its span to that of the load it waits for.</summary>
    public void NoteJoined(Exchange load)
    {
        if (Span is { } span)
        {
            Tracing.Note(span, Tracing.Joined);
            if (load.Span is { } leader && leader != span)
            {
                span.AddLink(new ActivityLink(leader.Context));
            }
        }
    }

    /// <summary>Its handler has ended; what a backend is told of later is recorded then.</summary>
    /// <param name="justNow">Whether that was just now, on this thread.</param>
    public void MarkEnded(bool justNow)
    {
        if (Backend is null && GrantedAt != 0)
        {
            EndedAt = justNow ? HandlerEndedAt : _host.Time.GetTimestamp();
            _host.Durations.Handled(EndedAt - GrantedAt);
            GrantedAt = 0;
        }
    }

    /// <summary>Its look into the second level has ended: what follows is waiting.</summary>
    public void MarkLookedUp(long now)
    {
        if (_host.Durations.IsEnabled)
        {
            _host.Durations.LookedUp(now - SentAt);
            WaitsSince = now;
        }
    }

    private void MarkGranted(bool hasWaited)
    {
        GrantedAt = Backend is null || hasWaited ? _host.Time.GetTimestamp() : AssignedAt;
        if (Backend is null)
        {
            if (WaitsSince != 0)
            {
                RecordWait(GrantedAt);
            }

            return;
        }

        // Its wait ended with the backend.
        WaitsSince = 0;
        if (hasWaited)
        {
            _host.Durations.Connected(GrantedAt - AssignedAt);
        }
    }

    private void RecordWait(long now)
    {
        _host.Durations.Waited(now - WaitsSince);
        WaitsSince = 0;
    }

    private void Record(Backend backend, long now)
    {
        if (GrantedAt != 0)
        {
            _host.Durations.Handled((RespondedAt == 0 ? now : RespondedAt) - GrantedAt, backend.DurationTags ??= _host.Durations.OfBackend(backend.LastingId));
            GrantedAt = 0;
        }
        else if (_host.HasConnections)
        {
            // Without a grant there was no connection.
            _host.Durations.Connected(now - AssignedAt);
        }
    }

    /// <summary>Asks the handler to stop; its user code runs on the thread pool, never on the asker's thread. Any thread.</summary>
    public void CancelHandler()
    {
        if (Interlocked.Exchange(ref _tokenSource, null) is { } source)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static cancelled => Cancel(cancelled), source, preferLocal: false);
        }
    }

    /// <summary>Takes the exchange out of use: both its ends are behind it. The last access of all.</summary>
    protected abstract void Retire();

    /// <summary>The caller has taken its outcome.</summary>
    protected void Consumed() => OnEnding(ConsumedEnding);

    /// <summary>Makes it as new.</summary>
    protected virtual void Reset()
    {
        _answered = 0;
        _endings = 0;
        _overtaken = 0;
        Outdated = null;
        SkipsCache = false;
        _tokenSource = null;
        _callerContext = null;
        Span = null;
        Key = Affinity = null;
        AffinityFault = null;
        Leader = null;
        Load = null;
        Phase = ExchangePhase.OnIsland;
        AlwaysWaits = HasPermit = CountsInside = ConnectFailed = HasHandlerFailed = false;
        IsBackendBlamed = PrefersFailure = IsZombie = IsAnsweredEarly = false;
        Tried = null;
        _tries = default;
        _fast = default;
        LastBackend = null;
        RespondedAt = EndedAt = GrantedAt = WaitsSince = 0;
        LeaseFailure = null;
        LeaseRetryAfter = default;
        Entry = null;
        DeadlinePlace = -1;
    }

    private void OnEnding(int ending)
    {
        if ((Interlocked.Or(ref _endings, ending) | ending) == (ReturnedEnding | ConsumedEnding))
        {
            Retire();
        }
    }

    /// <summary>Remembers what flows from the caller to its handler.</summary>
    protected void CaptureContext() => _callerContext = ExecutionContext.Capture();

    /// <summary>Takes over where a try has been.</summary>
    protected void TakePlace(Exchange attempt)
    {
        LastBackend = attempt.LastBackend;
        AssignedAt = attempt.AssignedAt;
        EndedAt = attempt.EndedAt;
    }

    protected void TakeContext(Exchange leader) => _callerContext = leader._callerContext;

    protected bool TryClaimAnswer(bool isExpired = false) => Interlocked.CompareExchange(ref _answered, isExpired ? Expired : Answered, 0) == 0;

    protected abstract void Run();

    /// <summary>Ends the handler's part: the token is no longer its own, the exchange goes back to the island.</summary>
    protected void Finish()
    {
        ReturnTokenSource();
        _host.Ended(this);
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException)
        {
            // A handler's own callback failed: its exchange is answered already, so there is nobody to tell.
        }
    }

    private void ReturnTokenSource()
    {
        if (Interlocked.Exchange(ref _tokenSource, null) is { } source)
        {
            _host.ReturnTokenSource(source);
        }
    }
}
