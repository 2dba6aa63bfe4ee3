using System.Runtime.InteropServices;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Keeps the changes of each key in order: those on their way to the store, and those that wait for it in the journal. Any thread.</summary>
/// <remarks>
/// A change that fails late must not come back over a newer one, and a newer one must not overtake an older one that the store may still
/// carry out. So every change takes a number when it begins, a key that is in the journal is changed through the journal only, and what
/// fails is journaled only while it is its key's latest. One that the store carries out after a newer one leaves a doubt, and the key is removed.
/// </remarks>
internal sealed class ChangeLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Count, long Latest)> _underway = new(StringComparer.Ordinal);
    private readonly Journal _journal;
    private long _last;
    private int _waiting;

    public ChangeLedger(Journal journal) => _journal = journal;

    /// <summary>Told when a change went to the journal of the ledger's own accord.</summary>
    public Action? Doubted { get; set; }

    /// <summary>Changes in the journal.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Whether a change of this key waits in the journal: what the store has is out of date.</summary>
    public bool IsWaiting(string key)
    {
        if (Waiting == 0)
        {
            return false;
        }

        lock (_gate)
        {
            return _journal.Contains(key);
        }
    }

    /// <summary>Begins a change; it must end exactly once, and not before it is known whether it has to wait.</summary>
    /// <returns>Its number, and whether it has to go through the journal.</returns>
    public (long Order, bool MustWait) Begin(string key)
    {
        lock (_gate)
        {
            ref var underway = ref CollectionsMarshal.GetValueRefOrAddDefault(_underway, key, out _);
            underway = (underway.Count + 1, ++_last);
            return (_last, _journal.Contains(key));
        }
    }

    /// <summary>The store gets a change that has begun: until it is done with it, it counts once more, and must end once more.</summary>
    public void Hold(string key)
    {
        lock (_gate)
        {
            CollectionsMarshal.GetValueRefOrNullRef(_underway, key).Count++;
        }
    }

    /// <summary>Ends what was held but had been left behind.</summary>
    /// <remarks>If a newer change of the key has begun since, nobody knows which of the two the store has now: the key is removed.</remarks>
    public void EndLate(string key, long order)
    {
        var isDoubtful = false;
        lock (_gate)
        {
            if (_underway[key].Latest > order && !_journal.Contains(key))
            {
                isDoubtful = _journal.Put(new Change(key, ++_last, Value: null, default));
                Volatile.Write(ref _waiting, _journal.Count);
            }
        }

        End(key);
        if (isDoubtful)
        {
            Doubted?.Invoke();
        }
    }

    /// <summary>Ends what was begun, resumed or held.</summary>
    public void End(string key)
    {
        lock (_gate)
        {
            ref var underway = ref CollectionsMarshal.GetValueRefOrNullRef(_underway, key);
            if (--underway.Count == 0)
            {
                _underway.Remove(key);
            }
        }
    }

    /// <summary>Lets a change wait for the store; false if a newer one of its key has begun.</summary>
    public bool Wait(Change change)
    {
        lock (_gate)
        {
            if (_underway.TryGetValue(change.Key, out var underway) && underway.Latest > change.Order)
            {
                return false;
            }

            var isTaken = _journal.Put(change);
            Volatile.Write(ref _waiting, _journal.Count);
            return isTaken;
        }
    }

    /// <summary>The oldest waiting change after the given number.</summary>
    public Change? After(long order)
    {
        lock (_gate)
        {
            return _journal.After(order);
        }
    }

    /// <summary>Whether a change still waits, and begins it; busy if the store still has an older one of its key.</summary>
    public (bool IsCurrent, bool IsBusy) Resume(Change change, bool evenIfBusy)
    {
        lock (_gate)
        {
            if (!_journal.IsCurrent(change))
            {
                return (false, false);
            }

            ref var underway = ref CollectionsMarshal.GetValueRefOrAddDefault(_underway, change.Key, out var isBusy);
            if (isBusy && !evenIfBusy)
            {
                return (true, true);
            }

            underway = (underway.Count + 1, Math.Max(underway.Latest, change.Order));
            return (true, false);
        }
    }

    /// <summary>The store has had a waiting change.</summary>
    public void Complete(Change change)
    {
        lock (_gate)
        {
            _journal.Complete(change);
            Volatile.Write(ref _waiting, _journal.Count);
        }
    }
}
