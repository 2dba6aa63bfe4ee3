using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace AkkaPerf.Exchanges;

/// <summary>One request on its way, with its types: the caller awaits the exchange itself.</summary>
internal sealed class Exchange<TRequest, TResponse>
    : Exchange, IExchangeContext<TResponse>, IValueTaskSource<TResponse>, IValueTaskSource<Outcome<TResponse>>
{
    private readonly ExchangeRoute<TRequest, TResponse> _route;
    private readonly TRequest _request;

    // RunContinuationsAsynchronously: a caller's continuation never runs on the island's thread.
    private ManualResetValueTaskSourceCore<Outcome<TResponse>> _answer = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _callerCancellation;
    private ConfiguredValueTaskAwaitable<TResponse>.ConfiguredValueTaskAwaiter _handler;
    private Outcome<TResponse> _result;

    public Exchange(IExchangeHost host, ExchangeRoute<TRequest, TResponse> route, TRequest request, long deadline)
        : base(host, deadline)
    {
        _route = route;
        _request = request;
    }

    private Exchange(Exchange<TRequest, TResponse> leader)
        : base(leader.Host, long.MaxValue)
    {
        _route = leader._route;
        _request = leader._request;
    }

    public override OutcomeKind ResultKind => _result.Kind;

    /// <summary>What the caller awaits.</summary>
    public ValueTask<TResponse> Response => new(this, _answer.Version);

    /// <summary>What a caller awaits who wants no exceptions.</summary>
    public ValueTask<Outcome<TResponse>> Outcome => new(this, _answer.Version);

    /// <summary>Ends the wait when the caller cancels; to be called before the exchange is posted.</summary>
    public void ObserveCancellation(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _callerCancellation = cancellationToken.UnsafeRegister(
                static state => ((Exchange)state!).Abandon(RefusalReason.Cancelled), this);
        }
    }

    public override void SetRefusal(RefusalReason reason, TimeSpan retryAfter = default, Exception? cause = null) =>
        _result = Outcome<TResponse>.Refused(reason, retryAfter, cause);

    public override void SetFault(Exception exception) => _result = Outcome<TResponse>.Faulted(exception);

    public override void TakeResult(Exchange load) => _result = ((Exchange<TRequest, TResponse>)load)._result;

    public override void TakeEntry(CacheEntry entry) => _result = Outcome<TResponse>.Success(((CacheEntry<TResponse>)entry).Value);

    public override void ClearResult()
    {
        _result = default;
        Entry = null;
        ConnectFailed = false;
    }

    public override Exchange CreateLoad() => new Exchange<TRequest, TResponse>(this)
    {
        Key = Key,
        Leader = this,
        Waiters = new ExchangeList(),
        AlwaysWaits = AlwaysWaits,
        Epoch = Epoch,
    };

    public override bool AnswerWithResult() => Answer(_result);

    public override bool AnswerRefused(RefusalReason reason) => Answer(Outcome<TResponse>.Refused(reason));

    /// <inheritdoc />
    public bool TryAnswer(TResponse response)
    {
        IsAnsweredEarly = true;
        var outcome = Outcome<TResponse>.Success(response);
        if (Leader is not Exchange<TRequest, TResponse> leader)
        {
            return Answer(outcome);
        }

        // A load hands such a response to the one who asked first; whoever joined must ask again.
        var isTaken = TryClaimAnswer() && leader.Answer(outcome);
        Host.Unshared(this);
        return isTaken;
    }

    TResponse IValueTaskSource<TResponse>.GetResult(short token) => _answer.GetResult(token).Value;

    Outcome<TResponse> IValueTaskSource<Outcome<TResponse>>.GetResult(short token) => _answer.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<TResponse>.GetStatus(short token) => _answer.GetStatus(token);

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
            _handler = _route.Handle(_request, Lease?.Connection, this).ConfigureAwait(false).GetAwaiter();
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
            _handler.UnsafeOnCompleted(OnHandlerEnded);
        }
    }

    private void OnHandlerEnded()
    {
        TResponse response;
        try
        {
            response = _handler.GetResult();
            _handler = default;
            if (Key is not null && !IsAnsweredEarly)
            {
                Entry = _route.Keep?.Invoke(_request, response);
            }
        }
        catch (Exception exception)
        {
            End(exception);
            return;
        }

        _result = Outcome<TResponse>.Success(response);
        Finish();
    }

    private void End(Exception exception)
    {
        ConnectFailed = exception is ConnectFailedException;
        _result = Outcome<TResponse>.Faulted(exception);
        Finish();
    }

    private bool Answer(in Outcome<TResponse> outcome)
    {
        if (!TryClaimAnswer())
        {
            return false;
        }

        _callerCancellation.Unregister();
        if (Leader is null)
        {
            Host.Counters.Count(outcome.Kind, outcome.Reason ?? default);
        }

        _answer.SetResult(outcome);
        return true;
    }
}
