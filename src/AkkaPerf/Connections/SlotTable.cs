namespace AkkaPerf.Connections;

/// <summary>Every connection of a pool that still counts, and how many are in which state.</summary>
/// <remarks>One thread at a time changes it; any thread may read the counts.</remarks>
internal sealed class SlotTable
{
    private readonly int[] _counts = new int[(int)SlotState.Gone + 1];
    private readonly List<PooledConnection> _slots = [];
    private long _opened;
    private long _closed;

    /// <summary>Those that will stay: all but the closing ones.</summary>
    public int Kept => Open + CountOf(SlotState.Opening);

    /// <summary>All that count against the limit: opening, open and closing ones.</summary>
    public int Count => _slots.Count;

    public int Open => CountOf(SlotState.Idle) + CountOf(SlotState.Checking) + CountOf(SlotState.Leased);

    public long OpenedTotal => Volatile.Read(ref _opened);

    public long ClosedTotal => Volatile.Read(ref _closed);

    public PooledConnection this[int index] => _slots[index];

    public int CountOf(SlotState state) => Volatile.Read(ref _counts[(int)state]);

    /// <summary>Takes a connection in, as opening.</summary>
    public void Add(PooledConnection slot, long now)
    {
        slot.Index = _slots.Count;
        slot.State = SlotState.Opening;
        slot.Since = now;
        _slots.Add(slot);
        _counts[(int)SlotState.Opening]++;
    }

    public void Opened(PooledConnection slot, object connection)
    {
        slot.Connection = connection;
        _opened++;
    }

    public void Enter(PooledConnection slot, SlotState state, long now)
    {
        _counts[(int)slot.State]--;
        _counts[(int)state]++;
        slot.State = state;
        slot.Since = now;
    }

    /// <summary>Lets a connection go; the last of the list takes its place.</summary>
    public void Forget(PooledConnection slot)
    {
        _counts[(int)slot.State]--;
        if (slot.State == SlotState.Closing)
        {
            _closed++;
        }

        slot.State = SlotState.Gone;
        var last = _slots[^1];
        _slots[slot.Index] = last;
        last.Index = slot.Index;
        _slots.RemoveAt(_slots.Count - 1);
    }
}
