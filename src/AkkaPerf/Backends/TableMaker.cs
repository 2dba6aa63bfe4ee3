namespace AkkaPerf.Backends;

/// <summary>Makes the tables of one tier's members in the background, and keeps what was made last for members that have none yet. Any thread.</summary>
/// <remarks>
/// One at a time, and of the members that come while one is made only the last get a table: where there are many a table takes longer than changes
/// that follow one another, and tables of members that are gone would take the processors, and the memory, from those who change and pick.
/// </remarks>
internal sealed class TableMaker
{
    private readonly Lock _gate = new();
    private Work? _next;
    private Work? _current;
    private bool _isRunning;

    // Of each kind the newest; replaced as a whole.
    private (long Number, object Table)[] _made = [];

    // Whoever picks from an older set has no new table made.
    private long _wantedOf;

    /// <summary>The table of a kind that was made last; null if there is none.</summary>
    public TTable? Last<TTable>()
        where TTable : class
    {
        foreach (var (_, table) in Volatile.Read(ref _made))
        {
            if (table is TTable found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Takes in a table; one of its kind of members that came before is let go.</summary>
    public void Keep(BackendMembers members, object table)
    {
        lock (_gate)
        {
            if (!Array.Exists(_made, made => made.Table.GetType() == table.GetType() && made.Number > members.Number))
            {
                Volatile.Write(ref _made, [.. _made.Where(made => made.Table.GetType() != table.GetType()), (members.Number, table)]);
            }
        }
    }

    /// <summary>Has a table made later, unless it is wanted already, or members that came after want theirs.</summary>
    public void Want<TTable>(BackendMembers members, Func<BackendMembers, TTable> build)
        where TTable : class
    {
        // Asked with every pick until it is there.
        if (Volatile.Read(ref _next)?.Is<TTable>(members) == true || Volatile.Read(ref _current)?.Is<TTable>(members) == true)
        {
            return;
        }

        lock (_gate)
        {
            if (members.Number < _wantedOf || _current?.Is<TTable>(members) == true)
            {
                return;
            }

            _wantedOf = members.Number;

            Volatile.Write(ref _next, new Work(members, typeof(TTable), () => members.Build(build)));
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static maker => maker.Run(), this, preferLocal: false);
    }

    private void Run()
    {
        while (TryTakeNext() is { } work)
        {
            work.Make();
        }
    }

    private Work? TryTakeNext()
    {
        lock (_gate)
        {
            Volatile.Write(ref _current, _next);
            Volatile.Write(ref _next, null);
            _isRunning = _current is not null;
            return _current;
        }
    }

    private sealed record Work(BackendMembers Members, Type Table, Action Make)
    {
        public bool Is<TTable>(BackendMembers members) => ReferenceEquals(Members, members) && Table == typeof(TTable);
    }
}
