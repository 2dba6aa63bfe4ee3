using System.Diagnostics.CodeAnalysis;
using AkkaPerf.Backends;

namespace AkkaPerf.Exchanges;

/// <summary>A handler's view of its exchange, which ends with the handler: one that is kept beyond touches no other request.</summary>
/// <remarks>
/// Exchanges are used again, handlers may keep what they were given. Rule: whoever answers early moves the state from open to claiming, on to
/// passing once the answer is written and the exchange is claimed, and on to answered when its taker knows. The handler's end waits out a
/// claim, which is short and runs nobody else's code, so that only one of the two writes a result; it moves the state to closed from
/// wherever else it is. Found passing, an answer is still under way, and the exchange is not used again. Any thread.
/// </remarks>
internal sealed class HandlerContext<TResponse> : IExchangeContext<TResponse>
{
    private const int Open = 0;
    private const int Claiming = 1;
    private const int Passing = 2;
    private const int Answered = 3;
    private const int Closed = 4;

    private readonly Exchange _exchange;
    private readonly CacheEntry<TResponse>? _previous;
    private int _state;

    public HandlerContext(Exchange exchange)
    {
        _exchange = exchange;
        _previous = exchange.Outdated as CacheEntry<TResponse>;
    }

    public Backend? Backend => IsClosed ? null : _exchange.Backend;

    public CancellationToken CancellationToken => IsClosed ? new CancellationToken(canceled: true) : _exchange.CancellationToken;

    private bool IsClosed => Volatile.Read(ref _state) == Closed;

    public bool TryGetPrevious([MaybeNullWhen(false)] out TResponse previous)
    {
        previous = _previous is null ? default : _previous.Value;
        return _previous is not null;
    }

    public bool TryAnswer(TResponse response)
    {
        if (Interlocked.CompareExchange(ref _state, Claiming, Open) != Open)
        {
            return false;
        }

        try
        {
            return ((IEarlyAnswering<TResponse>)_exchange).TryAnswer(response, this);
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _state, Answered, Passing) == Claiming)
            {
                // It failed before it was written.
                Volatile.Write(ref _state, Answered);
            }
        }
    }

    /// <summary>The answer that is being given is written.</summary>
    public void Claimed() => Volatile.Write(ref _state, Passing);

    public TimeSpan TimeLeft => IsClosed ? TimeSpan.Zero : ((IExchangeContext<TResponse>)_exchange).TimeLeft;

    public void Keep(TResponse response)
    {
        if (!IsClosed)
        {
            ((IExchangeContext<TResponse>)_exchange).Keep(response);
        }
    }

    public void BlameBackend()
    {
        if (!IsClosed)
        {
            ((IExchangeContext<TResponse>)_exchange).BlameBackend();
        }
    }

    public void PreferAnother(TimeSpan after = default)
    {
        if (!IsClosed)
        {
            ((IExchangeContext<TResponse>)_exchange).PreferAnother(after);
        }
    }

    /// <summary>Ends its use; false if an answer is under way on another thread, which is written by then.</summary>
    public bool Close()
    {
        var spinner = default(SpinWait);
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state == Claiming)
            {
                spinner.SpinOnce();
            }
            else if (Interlocked.CompareExchange(ref _state, Closed, state) == state)
            {
                return state != Passing;
            }
        }
    }
}
