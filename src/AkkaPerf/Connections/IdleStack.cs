namespace AkkaPerf.Connections;

/// <summary>The idle connections, last used on top, so that those not needed grow old at the bottom.</summary>
internal sealed class IdleStack
{
    private readonly List<PooledConnection> _stack = [];

    public int Count => _stack.Count;

    /// <summary>The one used last; null if there is none.</summary>
    public PooledConnection? Top => _stack.Count == 0 ? null : _stack[^1];

    /// <summary>Takes one in, where its last use belongs: on top, unless it was only checked.</summary>
    public void Push(PooledConnection slot)
    {
        var place = _stack.Count;
        while (place > 0 && _stack[place - 1].UsedAt > slot.UsedAt)
        {
            place--;
        }

        _stack.Insert(place, slot);
    }

    public bool TryPop(out PooledConnection? slot)
    {
        slot = Top;
        if (slot is null)
        {
            return false;
        }

        _stack.RemoveAt(_stack.Count - 1);
        return true;
    }

    /// <summary>Takes out what is too old, or has been idle too long beyond the number to keep.</summary>
    public List<PooledConnection> TakeExpired(PoolSettings settings, long now)
    {
        var spare = _stack.Count - settings.MinIdle;
        return Take((slot, taken) => now >= slot.RetireAt || (spare > taken && now - slot.UsedAt >= settings.IdleTimeout));
    }

    /// <summary>Takes out those that have been unused longest, so many.</summary>
    public List<PooledConnection> TakeOldest(int count) => Take((_, taken) => taken < count);

    /// <summary>Takes out those that have been unproven for so long that a check is due, so many at most.</summary>
    public List<PooledConnection> TakeUnproven(int most, long now) => Take((slot, taken) => taken < most && now - slot.ProvenAt >= slot.KeepAlive);

    /// <summary>When the next one expires or, if more may be checked now, is to be checked.</summary>
    public long NextDue(PoolSettings settings, bool canCheck)
    {
        var next = _stack.Count > settings.MinIdle ? _stack[0].UsedAt + settings.IdleTimeout : long.MaxValue;
        foreach (var slot in _stack)
        {
            next = Math.Min(next, canCheck ? DueOf(slot) : slot.RetireAt);
        }

        return next;
    }

    /// <summary>When the one that was pushed last, or the oldest because of it, is due.</summary>
    public long DueAfterPush(PoolSettings settings, PooledConnection pushed)
    {
        var due = DueOf(pushed);
        return _stack.Count > settings.MinIdle ? Math.Min(due, _stack[0].UsedAt + settings.IdleTimeout) : due;
    }

    private static long DueOf(PooledConnection slot) =>
        slot.KeepAlive == long.MaxValue ? slot.RetireAt : Math.Min(slot.RetireAt, slot.ProvenAt + slot.KeepAlive);

    private List<PooledConnection> Take(Func<PooledConnection, int, bool> isWanted)
    {
        var taken = new List<PooledConnection>();
        _stack.RemoveAll(slot =>
        {
            if (!isWanted(slot, taken.Count))
            {
                return false;
            }

            taken.Add(slot);
            return true;
        });
        return taken;
    }
}
