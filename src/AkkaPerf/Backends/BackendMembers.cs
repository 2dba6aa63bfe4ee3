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

    // Theirs who come before and after too.
    private readonly TableMaker _maker;

    // The newest by itself: it is looked up with every pick.
    private object? _table;
    private TableEntry? _older;

    public BackendMembers(ImmutableArray<(Backend Backend, int Weight)> all, BackendMembers? before)
    {
        All = all;
        Number = before is null ? 0 : before.Number + 1;
        _maker = before?._maker ?? new TableMaker();
    }

    /// <summary>In the order of their configuration; weight 0 included.</summary>
    public ImmutableArray<(Backend Backend, int Weight)> All { get; }

    /// <summary>Grows from members to those that follow.</summary>
    public long Number { get; }

    /// <summary>Whether these are they.</summary>
    public bool Are(ImmutableArray<(Backend Backend, int Weight)> others) => All.AsSpan().SequenceEqual(others.AsSpan());

    /// <summary>The table that a policy makes of them, or for a while the one that it made of the members before; null while there is neither.</summary>
    public TTable? Table<TTable>(Func<BackendMembers, TTable> build)
        where TTable : class
    {
        return Volatile.Read(ref _table) is TTable table ? table : FindOrBuild(build);
    }

    private TTable? FindOrBuild<TTable>(Func<BackendMembers, TTable> build)
        where TTable : class
    {
        if (TableEntry.Find<TTable>(Volatile.Read(ref _older)) is { } older)
        {
            return older;
        }

        if (All.Length <= AtOnce)
        {
            return Build(build);
        }

        _maker.Want(this, build);
        return _maker.Last<TTable>();
    }

    /// <summary>Makes that table if it is not there, however long it takes.</summary>
    public TTable Build<TTable>(Func<BackendMembers, TTable> build)
        where TTable : class
    {
        lock (_gate)
        {
            if ((_table as TTable ?? TableEntry.Find<TTable>(_older)) is { } known)
            {
                return known;
            }

            var table = build(this);
            if (_table is { } before)
            {
                Volatile.Write(ref _older, new TableEntry(before, _older));
            }

            Volatile.Write(ref _table, table);
            _maker.Keep(this, table);
            return table;
        }
    }
}
