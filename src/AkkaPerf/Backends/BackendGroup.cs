using AkkaPerf.Statistics;

namespace AkkaPerf.Backends;

/// <summary>Backends among which one is picked: of one tier, all eligible, in the order of their configuration. Never changes.</summary>
public sealed class BackendGroup
{
    // A backend and what its watcher keeps of it, which lies behind it.
    private const int LinesPerBackend = 5;

    // All of so many are in the cache anyhow.
    private const int Few = 256;

    private readonly BackendStatus[] _all;

    // What picks need of each, side by side: a status is two more looks away.
    private readonly Candidate[] _picks;

    // By the backends' numbers, plus one; 0 = not here.
    private readonly int[] _places;

    // The newest by itself: it is looked up with every pick.
    private object? _table;
    private TableEntry? _older;
    private InFlightSum _inFlight;

    internal BackendGroup(BackendStatus[] all, BackendMembers members)
    {
        _all = all;
        _picks = Array.ConvertAll(all, static status => new Candidate(status));
        Members = members;
        var equal = true;
        _places = new int[1 + all.Max(static status => status.Backend.Slot)];
        for (var i = 0; i < all.Length; i++)
        {
            _places[all[i].Backend.Slot] = i + 1;
            TotalShare += all[i].Share;
            HasLimits |= all[i].InFlightLimit > 0;
            equal &= all[i].Share == all[0].Share;
        }

        HasEqualShares = equal;
        Lanes = all.Length <= LoadLanes.Most ? new LoadLanes(_picks) : null;
    }

    /// <summary>How many there are; one at least.</summary>
    public int Count => _all.Length;

    /// <summary>The sum of their shares.</summary>
    public long TotalShare { get; }

    /// <summary>Whether all have the same share.</summary>
    public bool HasEqualShares { get; }

    /// <summary>One of them.</summary>
    public BackendStatus this[int index] => _all[index];

    /// <summary>One of them, without its state: quicker than <see cref="this[int]"/>.</summary>
    public Backend BackendAt(int index) => _picks[index].Backend;

    /// <summary>One divided by its share.</summary>
    internal float PerShareAt(int index) => _picks[index].PerShare;

    /// <summary>What it has to do, without the way through the backend.</summary>
    internal ref readonly BackendLoad LoadAt(int index) => ref _picks[index].Load;

    /// <summary>What picks need of all of them.</summary>
    internal ReadOnlySpan<Candidate> Candidates => _picks;

    /// <summary>Their loads, to be compared side by side; null where they are too many.</summary>
    internal LoadLanes? Lanes { get; }

    /// <summary>Its share.</summary>
    public int ShareAt(int index) => _all[index].Share;

    /// <summary>All of them.</summary>
    public ReadOnlySpan<BackendStatus> AsSpan() => _all;

    /// <summary>What they have in flight together; of many as it was a little while ago.</summary>
    internal long InFlight => Lanes is { } lanes ? lanes.InFlight : _inFlight.Of(_picks);

    /// <summary>Whether any may be full.</summary>
    internal bool HasLimits { get; }

    /// <summary>Those of the same tier, eligible or not.</summary>
    internal BackendMembers Members { get; }

    /// <summary>Has one of them take an exchange on; false if its limit is reached.</summary>
    internal bool TryAssign(int index, long now)
    {
        ref readonly var pick = ref _picks[index];
        if (_picks.Length > Few)
        {
            // Whoever gets it goes on with it, and the policy has looked at nothing but its load.
            CacheLines.AskObject(in pick.Backend, LinesPerBackend);
        }

        return pick.Load.TryAssign(HasLimits ? _all[index].InFlightLimit : 0, now);
    }

    /// <summary>Where one stands; -1 if it is not among them.</summary>
    internal int IndexOf(Backend backend)
    {
        var index = IndexOf(backend.Slot);
        return index >= 0 && ReferenceEquals(_picks[index].Backend, backend) ? index : -1;
    }

    /// <summary>Where the backend with a number stands; -1 if it is not among them.</summary>
    internal int IndexOf(int slot)
    {
        // While all are well each stands at its number, as a rule: one look less.
        return (uint)slot < (uint)_picks.Length && _picks[slot].Slot == slot ? slot
            : (uint)slot < (uint)_places.Length ? _places[slot] - 1
            : -1;
    }

    /// <summary>Something that a policy computes once for these backends; must depend on nothing else.</summary>
    internal TTable Table<TTable>(Func<BackendGroup, TTable> build)
        where TTable : class
    {
        if (Volatile.Read(ref _table) is TTable table)
        {
            return table;
        }

        return FindOrBuild(build);
    }

    private TTable FindOrBuild<TTable>(Func<BackendGroup, TTable> build)
        where TTable : class
    {
        if (TableEntry.Find<TTable>(Volatile.Read(ref _older)) is { } older)
        {
            return older;
        }

        // Two threads may both compute it: either's is as good.
        var table = build(this);
        if (Volatile.Read(ref _table) is { } before)
        {
            Volatile.Write(ref _older, new TableEntry(before, Volatile.Read(ref _older)));
        }

        Volatile.Write(ref _table, table);
        return table;
    }
}
