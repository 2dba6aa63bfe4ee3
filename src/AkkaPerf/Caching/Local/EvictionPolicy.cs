namespace AkkaPerf.Caching.Local;

/// <summary>Who stays and who leaves: W-TinyLFU with a window that adapts; under the cache's lock.</summary>
/// <remarks>
/// A new entry comes into the window, a queue by last use. Whom the window has no place for is a candidate for the main part: while the
/// cache is full it must have been asked for more often, by the sketch, than the one that would leave for it (Einziger, Friedman, Manes,
/// TOS 2017). The main part is a segmented queue: found again in probation means protected, and what protection has no place for goes back
/// to probation. By weight a candidate must beat all those together that would have to leave for it (Einziger et al., TOS 2022).
/// Every operation is constant, amortised.
/// </remarks>
internal sealed class EvictionPolicy
{
    // The window is never less nor the main part; large enough for a burst, small enough to cost no hits.
    private const double SmallestShare = 0.01;

    private const double ProtectedShare = 0.8;

    // Accesses, per entry, after which frequencies are halved. At a Zipf law's border of the cache a key is then asked for about
    // five times in a sample, which tells it from its neighbours and does not saturate; ten, as usual, tells it once.
    private static readonly int SampleFactor = int.Parse(Environment.GetEnvironmentVariable("SF") ?? "32");

    // Accesses, per entry, between two decisions on the window.
    private static readonly double PeriodFactor = double.Parse(Environment.GetEnvironmentVariable("PF") ?? "0.5");

    // Who floods the sketch to keep a victim in can do so no longer than until one of so many warm candidates is let in.
    private const int WarmFrequency = 6;
    private const int WarmOdds = 128;

    // Moves over a border that has moved, per Set: nobody pays for a whole decision.
    private const int MostMoves = 64;

    // Samples and periods of smaller caches would be too short to tell anything.
    private const int FewestEntries = 64;

    // Victims that are weighed up against one candidate.
    private const int MostVictims = 16;

    private static readonly int LM = int.Parse(Environment.GetEnvironmentVariable("LM") ?? "256");
    private static readonly double Init = double.Parse(Environment.GetEnvironmentVariable("INIT") ?? "0");
    private static readonly int MarginN = int.Parse(Environment.GetEnvironmentVariable("MN") ?? "4");
    private readonly NodeTable _table;
    private readonly ISlotOwner _owner;
    private readonly Random _random;
    private readonly int _capacity;
    private readonly long _maxBytes;
    private readonly SlotQueue _young;
    private readonly SlotQueue _old;
    private readonly SlotQueue _probation;
    private readonly SlotQueue _protected;
    private readonly FrequencySketch _sketch;
    private readonly GhostTable _ghosts;
    private readonly WindowClimber _climber = new();

    // How many entries make the cache full: the capacity, or as many as the bytes have lately allowed.
    private int _reach;
    private double _share;
    private int _window;
    private int _protectedPlaces;
    private long _accesses;

    public EvictionPolicy(NodeTable table, ISlotOwner owner, L1Options options, Random random)
    {
        _table = table;
        _owner = owner;
        _random = random;
        _capacity = options.Capacity;
        _maxBytes = options.MaxBytes;
        _young = new SlotQueue(table, QueueKind.Young);
        _old = new SlotQueue(table, QueueKind.Old);
        _probation = new SlotQueue(table, QueueKind.Probation);
        _protected = new SlotQueue(table, QueueKind.Protected);
        _sketch = new FrequencySketch((ulong)random.NextInt64());
        _ghosts = new GhostTable((uint)random.NextInt64());
        Reset();
    }

    public int Count => WindowCount + _probation.Count + _protected.Count;

    public long Bytes { get; private set; }

    /// <summary>How many left for want of a place, and how many for want of bytes.</summary>
    public long EvictedByCapacity { get; private set; }

    public long EvictedByWeight { get; private set; }

    /// <summary>The window's part of the cache.</summary>
    public double WindowShare => (double)_window / _reach;

    private int WindowCount => _young.Count + _old.Count;

    public int FrequencyOf(int hash) => _sketch.FrequencyOf(hash);

    /// <summary>A slot was found, so many times in a row; it may be free or another entry's by now.</summary>
    public void OnFound(int slot, int hash, int times)
    {
        for (var i = 0; i < times; i++)
        {
            CountAccess(hash);
        }

        if (slot < _table.End && _table.Nodes[slot].Hash == hash)
        {
            _table.Nodes[slot].AddHits(times);
            Touch(slot, _table.Nodes[slot].Queue);
        }
    }

    /// <summary>A slot's entry was replaced by a heavier or lighter one, for which room was made.</summary>
    public void OnReplaced(int slot, long more)
    {
        Bytes += more;
        CountAccess(_table.Nodes[slot].Hash);
    }

    /// <summary>A slot's entry is new; room was made for it.</summary>
    public void Add(int slot, int hash, long weight)
    {
        CountAccess(hash);
        var distance = _ghosts.Take(hash);
        if (distance >= 0)
        {
            _climber.OnGhost(distance, _ghosts.Scale, _reach);
        }

        Bytes += weight;
        _young.Add(slot);
        BalanceWindow();
    }

    /// <summary>A slot's entry goes.</summary>
    public void Remove(int slot, long weight)
    {
        Bytes -= weight;
        QueueOf(slot).Remove(slot);
    }

    /// <summary>Protects an entry from being chosen while room is made: it becomes the newest of the window.</summary>
    public void Shelter(int slot)
    {
        QueueOf(slot).Remove(slot);
        _young.Add(slot);
        BalanceWindow();
    }

    /// <summary>Evicts until so many more entries and bytes fit.</summary>
    public void MakeRoom(int entries, long bytes)
    {
        if (!Fits(entries, bytes))
        {
            LearnReach(entries);
        }

        for (var moves = 0; WindowCount + entries > _window && moves < MostMoves; moves++)
        {
            if (Fits(entries, bytes))
            {
                OldestOfWindow().MoveOldestTo(_probation);
            }
            else
            {
                Compete(entries, bytes);
            }
        }

        while (!Fits(entries, bytes))
        {
            var victim = FirstVictim();
            Evict(victim == NodeTable.None ? OldestOfWindow().Oldest : victim, entries);
        }
    }

    /// <summary>Sees to what is due now and then.</summary>
    public void Maintain()
    {
        if (_sketch.Sampled >= (long)SampleFactor * Math.Max(Count, FewestEntries))
        {
            _sketch.Age();
        }

        if (_accesses >= PeriodFactor * Math.Max(_reach, FewestEntries))
        {
            var change = _climber.Decide(_reach, _reach - _window, _old.Count, _probation.Count);
            _share = (_window + change) / (double)_reach;
            _accesses = 0;
            SetBorders();
        }
    }

    /// <summary>There are more slots than before.</summary>
    public void OnGrown()
    {
        _sketch.EnsureCapacity(_table.Length);
        _ghosts.EnsureCapacity(_table.Length);
    }

    /// <summary>Forgets all that it learnt; there must be no entries.</summary>
    public void Reset()
    {
        _sketch.Clear();
        _ghosts.Clear();
        _reach = _capacity;
        _share = Init;
        _accesses = 0;
        SetBorders();
        OnGrown();
    }

    private void CountAccess(int hash)
    {
        _sketch.Add(hash);
        _accesses++;
    }

    private void Touch(int slot, QueueKind queue)
    {
        switch (queue)
        {
            case QueueKind.Young:
                _young.MoveToNewest(slot);
                break;
            case QueueKind.Old:
                _climber.OnOldHit();
                _old.Remove(slot);
                _young.Add(slot);
                BalanceWindow();
                break;
            case QueueKind.Probation:
                _climber.OnProbationHit();
                _probation.Remove(slot);
                _protected.Add(slot);
                for (var moves = 0; _protected.Count > _protectedPlaces && moves < MostMoves; moves++)
                {
                    _protected.MoveOldestTo(_probation);
                }

                break;
            case QueueKind.Protected:
                _climber.OnProtectedHit();
                _protected.MoveToNewest(slot);
                break;
            case QueueKind.None:
            default:
                break;
        }
    }

    private void BalanceWindow()
    {
        for (var moves = 0; _young.Count > _window / 2 && moves < MostMoves; moves++)
        {
            _young.MoveOldestTo(_old);
        }
    }

    // The window's oldest against those of the main part that would have to leave for it; the loser goes.
    private void Compete(int entries, long bytes)
    {
        var candidate = OldestOfWindow().Oldest;
        var victims = CountVictims(candidate, bytes);
        if (victims == 0)
        {
            _ghosts.Add(_table.Nodes[candidate].Hash);
            Evict(candidate, entries);
            return;
        }

        for (; victims > 0; victims--)
        {
            Evict(FirstVictim(), entries);
        }

        OldestOfWindow().MoveOldestTo(_probation);
    }

    // How many leave for the candidate; 0 if it is the one that leaves.
    private int CountVictims(int candidate, long bytes)
    {
        var frequency = FrequencyOf(_table.Nodes[candidate].Hash);
        var isLucky = frequency >= WarmFrequency && _random.Next(WarmOdds) == 0;
        var wanted = Math.Min(Bytes + bytes - _maxBytes, _owner.WeightOf(candidate));
        var against = 0;
        var victim = FirstVictim();
        for (var count = 1; victim != NodeTable.None && count <= MostVictims; count++)
        {
            // From the second on each counts something: many that nobody asked for are not nothing.
            against += Math.Max(count > 1 ? 1 : 0, FrequencyOf(_table.Nodes[victim].Hash));
            if (frequency <= against + (frequency * MarginN / 16) && !isLucky)
            {
                return 0;
            }

            wanted -= wanted > 0 ? _owner.WeightOf(victim) : 0;
            if (wanted <= 0)
            {
                return count;
            }

            var next = _table.Nodes[victim].Newer;
            victim = next == NodeTable.None && _table.Nodes[victim].Queue == QueueKind.Probation ? _protected.Oldest : next;
        }

        return 0;
    }

    private int FirstVictim() => _probation.Count > 0 ? _probation.Oldest : _protected.Oldest;

    private SlotQueue OldestOfWindow() => _old.Count > 0 ? _old : _young;

    private bool Fits(int entries, long bytes) => Count + entries <= _capacity && Bytes + bytes <= _maxBytes;

    private void Evict(int slot, int entries)
    {
        if (Count + entries > _capacity)
        {
            EvictedByCapacity++;
        }
        else
        {
            EvictedByWeight++;
        }

        _owner.Evict(slot);
    }

    // How many entries fit by weight changes with what they weigh; followed slowly, unless it is far off.
    private void LearnReach(int entries)
    {
        var full = Count + entries > _capacity ? _capacity : Math.Max(1, Count);
        var isFarOff = full > _reach * 2L || full < _reach / 2;
        var reach = full == _capacity || isFarOff ? full : _reach + ((full - _reach) / 16);
        if (reach != _reach)
        {
            _reach = reach;
            SetBorders();
        }
    }

    private void SetBorders()
    {
        var least = Math.Max(1, (int)(_reach * SmallestShare));
        _window = Math.Clamp((int)Math.Round(_share * _reach), least, Math.Max(1, _reach - Math.Max(1, _reach / LM)));
        _protectedPlaces = (int)((_reach - _window) * ProtectedShare);
    }

    private SlotQueue QueueOf(int slot) => _table.Nodes[slot].Queue switch
    {
        QueueKind.Young => _young,
        QueueKind.Old => _old,
        QueueKind.Probation => _probation,
        _ => _protected,
    };
}
