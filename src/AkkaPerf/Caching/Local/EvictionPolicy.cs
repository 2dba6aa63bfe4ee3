namespace AkkaPerf.Caching.Local;

/// <summary>Who stays and who leaves: W-TinyLFU with a window that adapts; under the cache's lock.</summary>
/// <remarks>
/// A new entry comes into the window, a queue by last use. Whom the window has no place for is a candidate for the main part: while the
/// cache is full it must have been asked for more often, by the sketch, than the one that would leave for it (Einziger, Friedman, Manes,
/// TOS 2017). The main part is a segmented queue: found again in probation means protected, and what protection has no place for goes back
/// to probation. By weight a candidate must beat all those together that would have to leave for it (Einziger et al., TOS 2022).
/// At first, and wherever only recency counts, the window is all there is: an LRU. Every operation is constant, amortised.
/// </remarks>
internal sealed class EvictionPolicy
{
    // Accesses, per entry, after which frequencies are halved. Under a Zipf law the last key that has a place is then asked for about
    // four times in a sample, which tells it from the next; ten, as usual, tell once. More would gain little, and forget too slowly.
    private const int SampleFactor = 32;

    // Accesses, per entry, between two decisions on the window: less than a round of a loop misleads.
    private const int PeriodFactor = 1;

    // Moves over a border that has moved, per change: nobody pays for a whole decision.
    private const int MostMoves = 64;

    // Samples and periods of smaller caches would be too short to tell anything.
    private const int FewestEntries = 64;

    private readonly NodeTable _table;
    private readonly ISlotOwner _owner;
    private readonly int _capacity;
    private readonly long _maxBytes;
    private readonly SlotQueue _young;
    private readonly SlotQueue _old;
    private readonly SlotQueue _probation;
    private readonly SlotQueue _protected;
    private readonly FrequencySketch _sketch;
    private readonly Admission _admission;
    private readonly GhostTable _ghosts;
    private readonly MainSample _sample;
    private readonly WindowClimber _climber = new();
    private readonly Borders _borders;

    // Nobody leaves for a while yet: how often an entry is asked for need not be known, and a hit costs less.
    private bool _isFilling = true;
    private long _accesses;

    public EvictionPolicy(NodeTable table, ISlotOwner owner, L1Options options, Random random)
    {
        _table = table;
        _owner = owner;
        _capacity = options.Capacity;
        _maxBytes = options.MaxBytes;
        _young = new SlotQueue(table, QueueKind.Young);
        _old = new SlotQueue(table, QueueKind.Old);
        _probation = new SlotQueue(table, QueueKind.Probation);
        _protected = new SlotQueue(table, QueueKind.Protected);
        _sketch = new FrequencySketch((ulong)random.NextInt64());
        _admission = new Admission(table, _sketch, random);
        _ghosts = new GhostTable((uint)random.NextInt64());
        _sample = new MainSample(_sketch, (uint)random.NextInt64());
        _borders = new Borders(options.Capacity);
        _sample.Start(_borders.LeastMain);
        OnGrown();
    }

    public int Count => WindowCount + _probation.Count + _protected.Count;

    public long Bytes { get; private set; }

    /// <summary>How many left for want of a place, and how many for want of bytes.</summary>
    public long EvictedByCapacity { get; private set; }

    public long EvictedByWeight { get; private set; }

    /// <summary>The window's part of the cache.</summary>
    public double WindowShare => (double)_borders.Window / _borders.Reach;

    private int WindowCount => _young.Count + _old.Count;

    public int FrequencyOf(int hash) => _sketch.FrequencyOf(hash);

    /// <summary>A slot was found, so many times in a row; it may be free or another entry's by now.</summary>
    public void OnFound(int slot, int hash, int times)
    {
        if (slot >= _table.End || _table.Nodes[slot].Hash != hash)
        {
            return;
        }

        _table.Nodes[slot].AddHits(times);
        if (!_isFilling)
        {
            for (var i = 0; i < times; i++)
            {
                CountAccess(hash);
            }
        }

        Touch(slot, _table.Nodes[slot].Queue);
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
            _climber.OnGhost(distance, _ghosts.Scale, _borders.Reach);
        }

        Bytes += weight;
        _young.Add(slot);
        BalanceWindow();
    }

    /// <summary>A slot's entry goes.</summary>
    public void Remove(int slot)
    {
        Bytes -= _table.Nodes[slot].Weight;
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
            // The capacity, or as many as fit by what they weigh.
            _borders.LearnReach(Count + entries > _capacity ? _capacity : Math.Max(1, Count));
        }

        for (var moves = 0; WindowCount + entries > _borders.Window && moves < MostMoves; moves++)
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
            if (victim == NodeTable.None)
            {
                EvictOldestOfWindow(entries);
            }
            else
            {
                Evict(victim, entries);
            }
        }
    }

    /// <summary>Sees to what is due now and then.</summary>
    public void Maintain()
    {
        _isFilling = Count < _borders.Reach / 2 && Bytes < _maxBytes / 2;
        if (_sketch.Sampled >= (long)SampleFactor * Math.Max(Count, FewestEntries))
        {
            _sketch.Age();
        }

        if (_accesses >= PeriodFactor * Math.Max(_borders.Reach, FewestEntries))
        {
            var hadMain = _borders.Main > 0;
            _borders.MoveWindow(_climber.Decide(_borders, _old.Count, hadMain ? _probation.Count : _sample.Entries));
            if (_borders.Main == 0 && (hadMain || !_sample.Fits(_borders.LeastMain)))
            {
                _sample.Start(_borders.LeastMain);
            }

            _accesses = 0;
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
        _climber.Clear();
        _borders.Reset();
        _sample.Start(_borders.LeastMain);
        _accesses = 0;
    }

    /// <summary>Makes the window as small as it would become where popularity lasts; for tests.</summary>
    internal void ShrinkWindow() => _borders.MoveWindow(-_borders.Window);

    private void CountAccess(int hash)
    {
        _sketch.Add(hash);
        _accesses++;
        if (_borders.Main == 0 && _sample.Contains(hash))
        {
            _climber.OnSampleHit(_sample.Scale);
        }
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
                for (var moves = 0; _protected.Count > _borders.ProtectedPlaces && moves < MostMoves; moves++)
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
        for (var moves = 0; _young.Count > _borders.Window / 2 && moves < MostMoves; moves++)
        {
            _young.MoveOldestTo(_old);
        }
    }

    // The window's oldest against those of the main part that would have to leave for it; the loser goes.
    private void Compete(int entries, long bytes)
    {
        var candidate = OldestOfWindow().Oldest;
        var victims = _admission.CountVictims(candidate, Math.Min(Bytes + bytes - _maxBytes, _table.Nodes[candidate].Weight), _probation, _protected);
        if (victims == 0)
        {
            EvictOldestOfWindow(entries);
            return;
        }

        for (; victims > 0; victims--)
        {
            Evict(FirstVictim(), entries);
        }

        OldestOfWindow().MoveOldestTo(_probation);
    }

    private void EvictOldestOfWindow(int entries)
    {
        var slot = OldestOfWindow().Oldest;
        var hash = _table.Nodes[slot].Hash;
        if (_borders.Main == 0)
        {
            _sample.Offer(hash);
        }
        else
        {
            _ghosts.Add(hash);
        }

        Evict(slot, entries);
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

    private SlotQueue QueueOf(int slot) => _table.Nodes[slot].Queue switch
    {
        QueueKind.Young => _young,
        QueueKind.Old => _old,
        QueueKind.Probation => _probation,
        _ => _protected,
    };
}
