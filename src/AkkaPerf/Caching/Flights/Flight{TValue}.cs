using System.Runtime.ExceptionServices;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Flights;

/// <summary>One load on its way, with its type.</summary>
/// <remarks>Most loads have one who waits, and he may run the load himself: a task is made only for those who wait beside it.</remarks>
internal sealed class Flight<TValue> : Flight
{
    private const int Flying = 0;
    private const int Landing = 1;
    private const int Landed = 2;

    private TaskCompletionSource<CacheEntry<TValue>?>? _waiting;
    private CacheEntry<TValue>? _entry;
    private ExceptionDispatchInfo? _failure;
    private int _state;

    /// <summary>A flight with one share.</summary>
    /// <param name="epoch">The version of the invalidations now.</param>
    /// <param name="lifetime">For a flight whose first share is kept to the end: cancelled when the cache ends; else null.</param>
    public Flight(int epoch, CancellationToken? lifetime = null)
        : base(epoch, lifetime)
    {
    }

    public override bool HasLanded => Volatile.Read(ref _state) == Landed;

    /// <summary>Where it came from; to be read once it has landed.</summary>
    public CacheLevel Origin { get; private set; }

    /// <summary>Why the load failed; null if it did not, or has not landed.</summary>
    public Exception? Failure => _failure?.SourceException;

    /// <summary>What the load brought, null if nothing was loaded and nothing is known; to be asked once it has landed.</summary>
    public CacheEntry<TValue>? Entry
    {
        get
        {
            if (_failure?.SourceException is LoadPausedException paused)
            {
                throw paused.Again();
            }

            _failure?.Throw();
            return _entry;
        }
    }

    /// <summary>For those who wait beside the load. They go on elsewhere: a slow one must not hold up the others, nor the load's own end.</summary>
    public Task<CacheEntry<TValue>?> WhenLanded
    {
        get
        {
            var waiting = Volatile.Read(ref _waiting);
            if (waiting is null)
            {
                var made = new TaskCompletionSource<CacheEntry<TValue>?>(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting = Interlocked.CompareExchange(ref _waiting, made, null) ?? made;
            }

            // Either the landing sees the task, or it is seen here that it has landed: both are full fences.
            if (HasLanded)
            {
                Tell(waiting);
            }

            return waiting.Task;
        }
    }

    public void Land(CacheEntry<TValue>? entry, CacheLevel origin)
    {
        if (Interlocked.CompareExchange(ref _state, Landing, Flying) == Flying)
        {
            _entry = entry;
            Origin = origin;
            Touchdown();
        }
    }

    public override bool TryFail(Exception exception)
    {
        if (Interlocked.CompareExchange(ref _state, Landing, Flying) != Flying)
        {
            return false;
        }

        _failure = ExceptionDispatchInfo.Capture(exception);
        Touchdown();
        return true;
    }

    private void Touchdown()
    {
        Interlocked.Exchange(ref _state, Landed);
        if (Volatile.Read(ref _waiting) is { } waiting)
        {
            Tell(waiting);
        }
    }

    private void Tell(TaskCompletionSource<CacheEntry<TValue>?> waiting)
    {
        if (_failure is null)
        {
            waiting.TrySetResult(_entry);
        }
        else if (waiting.TrySetException(_failure.SourceException))
        {
            // There may be nobody left who looks at it.
            _ = waiting.Task.Exception;
        }
    }
}
