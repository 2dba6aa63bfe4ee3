namespace AkkaPerf.Connections;

/// <summary>Connects that were told to stop and have not ended: their places are free again, but something is stuck in the factory.</summary>
internal sealed class HungConnects
{
    private readonly HashSet<PooledConnection> _slots = [];
    private int _count;
    private bool _isReported;

    /// <summary>How many there are. Any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes in one that was just told to stop; by its deadline it should have ended.</summary>
    public void Add(PooledConnection slot)
    {
        _slots.Add(slot);
        Volatile.Write(ref _count, _slots.Count);
    }

    /// <summary>Lets one go that has ended after all; true if it was the last of those that had been reported.</summary>
    public bool Remove(PooledConnection slot)
    {
        if (!_slots.Remove(slot))
        {
            return false;
        }

        Volatile.Write(ref _count, _slots.Count);
        if (_slots.Count > 0 || !_isReported)
        {
            return false;
        }

        _isReported = false;
        return true;
    }

    /// <summary>Whether one is past its deadline, and this is the first time to say so.</summary>
    public bool IsNews(long now)
    {
        if (_isReported || !_slots.Any(slot => now >= slot.Deadline))
        {
            return false;
        }

        _isReported = true;
        return true;
    }

    /// <summary>When one may become news.</summary>
    public long NextDeadline() => _isReported || _slots.Count == 0 ? long.MaxValue : _slots.Min(slot => slot.Deadline);
}
