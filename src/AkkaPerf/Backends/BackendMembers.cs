using System.Collections.Immutable;

namespace AkkaPerf.Backends;

/// <summary>The backends of one tier and their weights, whatever their health; the same object while neither changes.</summary>
/// <remarks>
/// What takes long to compute and depends on who is there, not on who is well, belongs to it: hash tables. While a new one is computed, the
/// table of the members before serves on.
/// </remarks>
internal sealed class BackendMembers
{
    // Up to here tables are made at once: within milliseconds, and in the same order in every run.
    private const int AtOnce = 512;

    private readonly Lock _gate = new();
    private object? _table;
    private object? _inherited;
    private bool _isBuilding;

    public BackendMembers(ImmutableArray<(Backend Backend, int Weight)> all, BackendMembers? before)
    {
        All = all;
        _inherited = before?._table ?? before?._inherited;
    }

    /// <summary>In the order of their configuration; weight 0 included.</summary>
    public ImmutableArray<(Backend Backend, int Weight)> All { get; }

    /// <summary>Whether these are they.</summary>
    public bool Are(ImmutableArray<(Backend Backend, int Weight)> others) => All.AsSpan().SequenceEqual(others.AsSpan());

    /// <summary>The table that a policy makes of them, or for a while the one that it made of the members before.</summary>
    public TTable Table<TTable>(Func<BackendMembers, TTable> build)
        where TTable : class
    {
        if (Volatile.Read(ref _table) is TTable table)
        {
            return table;
        }

        if (All.Length > AtOnce && Volatile.Read(ref _inherited) is TTable inherited)
        {
            BuildLater(build);
            return inherited;
        }

        return Build(build);
    }

    private TTable Build<TTable>(Func<BackendMembers, TTable> build)
        where TTable : class
    {
        lock (_gate)
        {
            if (_table is not TTable table)
            {
                table = build(this);
                Volatile.Write(ref _table, table);
                Volatile.Write(ref _inherited, null);
            }

            return table;
        }
    }

    private void BuildLater<TTable>(Func<BackendMembers, TTable> build)
        where TTable : class
    {
        lock (_gate)
        {
            if (_isBuilding)
            {
                return;
            }

            _isBuilding = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            static work =>
            {
                work.Members.Build(work.Build);
                work.Members._isBuilding = false;
            },
            (Members: this, Build: build),
            preferLocal: false);
    }
}
