using System.Diagnostics.CodeAnalysis;
using AkkaPerf.Backends;

namespace AkkaPerf.Exchanges;

/// <summary>A handler's view of its exchange, which ends with the handler: one that is kept beyond touches no other request.</summary>
/// <remarks>
/// Exchanges are used again, handlers may keep what they were given. Rule: whoever answers early moves the state from open to answering and
/// on to answered, the handler's end moves it to closed from wherever it is; found answering, an answer is still under way, and the
/// exchange is not used again. Any thread.
/// </remarks>
internal sealed class HandlerContext<TResponse> : IExchangeContext<TResponse>
{
    private const int Open = 0;
    private const int Answering = 1;
    private const int Answered = 2;
    private const int Closed = 3;

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
        if (Interlocked.CompareExchange(ref _state, Answering, Open) != Open)
        {
            return false;
        }

        try
        {
            return ((IExchangeContext<TResponse>)_exchange).TryAnswer(response);
        }
        finally
        {
            Interlocked.CompareExchange(ref _state, Answered, Answering);
        }
    }

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

    /// <summary>Ends its use; false if an answer is under way on another thread.</summary>
    public bool Close() => Interlocked.Exchange(ref _state, Closed) != Answering;
}
