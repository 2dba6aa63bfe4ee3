using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace AkkaPerf.Backends;

/// <summary>The backends' states as they are now, perhaps newer than what is published. Guarded by its directory's lock.</summary>
/// <remarks>
/// A change copies nothing but the first after a publication, so that ten thousand verdicts in a burst cost ten thousand times the same little. Each
/// backend has a number of its own (<see cref="Backend.Slot"/>), the least that is free, by which it is found.
/// </remarks>
internal sealed class BackendRoster
{
    private readonly PeerRules _peers;
    private BackendStatus[] _all = [];
    private int[] _indexes = [];

    // What is published, or came from outside, is copied before it is changed.
    private bool _isShared = true;

    public BackendRoster(PeerRules peers) => _peers = peers;

    /// <summary>To be read under the lock only.</summary>
    public ImmutableArray<BackendStatus> All => ImmutableCollectionsMarshal.AsImmutableArray(_all);

    public int Count => _all.Length;

    /// <summary>Whether there is anything that is not published.</summary>
    public bool IsDirty { get; private set; }

    public BackendStatus this[int index] => _all[index];

    /// <summary>Where a backend stands; -1 if it is not, or no longer, among them.</summary>
    public int IndexOf(Backend backend)
    {
        var slot = backend.Slot;
        var index = (uint)slot < (uint)_indexes.Length ? _indexes[slot] : 0;
        return (uint)index < (uint)_all.Length && ReferenceEquals(_all[index].Backend, backend) ? index : -1;
    }

    /// <summary>Where the backend with an id stands; -1 if there is none.</summary>
    public int IndexOf(string id) => Array.FindIndex(_all, status => status.Backend.Id == id);

    /// <summary>Changes the state of one.</summary>
    public void Replace(int index, BackendStatus status)
    {
        if (_isShared)
        {
            _all = (BackendStatus[])_all.Clone();
            _isShared = false;
        }

        _peers.Discount(_all[index]);
        _peers.Count(status);
        _all[index] = status;
        IsDirty = true;
    }

    /// <summary>Takes other backends, or other states of all.</summary>
    public void Reset(ImmutableArray<BackendStatus> all)
    {
        Array.ForEach(_all, _peers.Discount);
        _all = ImmutableCollectionsMarshal.AsArray(all)!;
        Array.ForEach(_all, _peers.Count);
        _isShared = IsDirty = true;
        NumberNewcomers();
        _indexes = new int[_all.Length == 0 ? 0 : _all.Max(static status => status.Backend.Slot) + 1];
        for (var i = 0; i < _all.Length; i++)
        {
            _indexes[_all[i].Backend.Slot] = i;
        }
    }

    /// <summary>All of them, never to be changed any more.</summary>
    public ImmutableArray<BackendStatus> Publish()
    {
        _isShared = true;
        IsDirty = false;
        return All;
    }

    private void NumberNewcomers()
    {
        // There are as many numbers as backends below their count, so that each newcomer finds one.
        var isTaken = new bool[_all.Length];
        foreach (var status in _all)
        {
            if ((uint)status.Backend.Slot < (uint)isTaken.Length)
            {
                isTaken[status.Backend.Slot] = true;
            }
        }

        var free = 0;
        foreach (var status in _all)
        {
            if (status.Backend.Slot < 0)
            {
                free = Array.IndexOf(isTaken, value: false, free);
                status.Backend.Slot = free++;
            }
        }
    }
}
