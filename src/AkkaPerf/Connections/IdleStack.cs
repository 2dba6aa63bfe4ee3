namespace AkkaPerf.Connections;

/// <summary>The idle connections, last used on top, so that those not needed grow old at the bottom.</summary>
internal sealed class IdleStack
{
    private readonly List<PooledConnection> _stack = [];

    public int Count => _stack.Count;

    public void Push(PooledConnection slot) => _stack.Add(slot);

    public bool TryPop(out PooledConnection? slot)
    {
        if (_stack.Count == 0)
        {
            slot = null;
            return false;
        }

        slot = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return true;
    }

    /// <summary>Takes out what is too old, or has been idle too long beyond the number to keep.</summary>
    public List<PooledConnection> TakeExpired(PoolSettings settings, long now)
    {
        var expired = new List<PooledConnection>();
        var spare = _stack.Count - settings.MinIdle;
        _stack.RemoveAll(slot =>
        {
            var isSpare = spare > expired.Count && now - slot.Since >= settings.IdleTimeout;
            if (!isSpare && now < slot.RetireAt)
            {
                return false;
            }

            expired.Add(slot);
            return true;
        });
        return expired;
    }

    /// <summary>When the next one expires.</summary>
    public long NextExpiry(PoolSettings settings)
    {
        var next = _stack.Count > settings.MinIdle ? _stack[0].Since + settings.IdleTimeout : long.MaxValue;
        foreach (var slot in _stack)
        {
            next = Math.Min(next, slot.RetireAt);
        }

        return next;
    }

    /// <summary>When the one that was pushed last, or the oldest because of it, expires.</summary>
    public long ExpiryAfterPush(PoolSettings settings)
    {
        var retire = _stack[^1].RetireAt;
        return _stack.Count > settings.MinIdle ? Math.Min(retire, _stack[0].Since + settings.IdleTimeout) : retire;
    }
}
