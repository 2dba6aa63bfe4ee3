using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>Those who wait for a connection, first come first served; the expired and the abandoned are ended, never served.</summary>
internal sealed class WaiterQueue
{
    private readonly Queue<(ILeaseWaiter Waiter, long ExpiresAt)> _queue = new();
    private long _timedOut;

    public int Count => _queue.Count;

    /// <summary>Waits that ended because their time was over. Any thread.</summary>
    public long TimedOut => Volatile.Read(ref _timedOut);

    /// <summary>When the next wait is over, or earlier: who left in turn does not move it back.</summary>
    public long NextExpiry { get; private set; } = long.MaxValue;

    public void Add(ILeaseWaiter waiter, long expiresAt)
    {
        _queue.Enqueue((waiter, expiresAt));
        NextExpiry = Math.Min(NextExpiry, expiresAt);
    }

    /// <summary>The oldest who still needs a connection; the others before are refused.</summary>
    public bool TryTake(long now, Exception? cause, Queue<PoolEffect> effects, out ILeaseWaiter? waiter)
    {
        DropEnded(now, cause, effects);
        if (!_queue.TryDequeue(out var first))
        {
            waiter = null;
            return false;
        }

        waiter = first.Waiter;
        return true;
    }

    /// <summary>Refuses those at the front whose wait is over.</summary>
    public void DropEnded(long now, Exception? cause, Queue<PoolEffect> effects)
    {
        while (_queue.TryPeek(out var first) && IsOver(first, now))
        {
            _queue.Dequeue();
            CountTimeout(first.Waiter);
            effects.Enqueue(new PoolEffect(PoolEffectKind.Refuse, Waiter: first.Waiter, Cause: cause));
        }
    }

    /// <summary>Refuses everyone whose wait is over, wherever they stand.</summary>
    public void Sweep(long now, Exception? cause, Queue<PoolEffect> effects)
    {
        NextExpiry = long.MaxValue;
        for (var left = _queue.Count; left > 0; left--)
        {
            var next = _queue.Dequeue();
            if (IsOver(next, now))
            {
                CountTimeout(next.Waiter);
                effects.Enqueue(new PoolEffect(PoolEffectKind.Refuse, Waiter: next.Waiter, Cause: cause));
            }
            else
            {
                _queue.Enqueue(next);
                NextExpiry = Math.Min(NextExpiry, next.ExpiresAt);
            }
        }
    }

    /// <summary>Refuses those who would rather try another backend than wait on, the oldest first.</summary>
    public void RefuseWhoPrefersFailure(Exception cause, Queue<PoolEffect> effects, int most)
    {
        // A whole turn, so that the order of the others stays.
        for (var left = _queue.Count; left > 0; left--)
        {
            var next = _queue.Dequeue();
            if (most > 0 && next.Waiter.PrefersFailure && !next.Waiter.IsAbandoned)
            {
                most--;
                effects.Enqueue(new PoolEffect(PoolEffectKind.RefuseUnconnected, Waiter: next.Waiter, Cause: cause));
            }
            else
            {
                _queue.Enqueue(next);
            }
        }
    }

    /// <summary>Refuses everyone; who would rather try another backend may do so.</summary>
    public void Clear(Exception? cause, Queue<PoolEffect> effects)
    {
        while (_queue.TryDequeue(out var next))
        {
            effects.Enqueue(PoolEffect.RefuseFor(next.Waiter, cause));
        }

        NextExpiry = long.MaxValue;
    }

    private void CountTimeout(ILeaseWaiter waiter)
    {
        if (!waiter.IsAbandoned)
        {
            Volatile.Write(ref _timedOut, _timedOut + 1);
        }
    }

    private static bool IsOver((ILeaseWaiter Waiter, long ExpiresAt) waiting, long now) =>
        now >= waiting.ExpiresAt || waiting.Waiter.IsAbandoned;
}
