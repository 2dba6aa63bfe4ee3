namespace AkkaPerf.Http.Loops;

/// <summary>A thread that waits for sockets and has each one's user go on where something has become ready. It lives as long as the process.</summary>
internal sealed class EventLoop
{
    private const int MostEvents = 512;

    private readonly int _set = Epoll.Open();
    private readonly Lock _gate = new();

    // By place; a key is a place and how often it was taken, so that nobody gets what was meant for the one before.
    private volatile LoopSocket?[] _sockets = new LoopSocket?[64];
    private int[] _turns = new int[64];
    private readonly Stack<int> _free = new();
    private int _used;
    private volatile int _begun;
    private volatile int _told;

    public EventLoop(int number)
    {
        new Thread(Run) { IsBackground = true, Name = $"akkaperf-loop-{number}" }.UnsafeStart();
    }

    /// <summary>The number of its last wait; goes round.</summary>
    public int Begun => _begun;

    /// <summary>The number of the last wait of which all are told what it has found.</summary>
    public int Told => _told;

    /// <summary>How many sockets it waits for.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _used - _free.Count;
            }
        }
    }

    /// <summary>Takes a socket in, which is told of what is ready from now on.</summary>
    public void Add(LoopSocket socket)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out var place))
            {
                place = _used++;
                if (place == _sockets.Length)
                {
                    var sockets = _sockets;
                    Array.Resize(ref _turns, 2 * place);
                    Array.Resize(ref sockets, 2 * place);
                    _sockets = sockets;
                }
            }

            socket.Key = ((long)_turns[place] << 32) | (uint)place;
            Volatile.Write(ref _sockets[place], socket);
        }

        try
        {
            Epoll.Watch(_set, socket.Handle, socket.Key);
        }
        catch
        {
            Release(socket);
            throw;
        }
    }

    /// <summary>Gives a socket up, which must still be open.</summary>
    public void Remove(LoopSocket socket)
    {
        Epoll.Forget(_set, socket.Handle);
        Release(socket);
    }

    private void Release(LoopSocket socket)
    {
        lock (_gate)
        {
            var place = (int)(uint)socket.Key;
            _turns[place]++;
            _sockets[place] = null;
            _free.Push(place);
        }
    }

    // Without the gate: who is there is told, and who has just gone takes no notice.
    private LoopSocket? Find(long key) => Volatile.Read(ref _sockets[(int)(uint)key]) is { } socket && socket.Key == key ? socket : null;

    private void Run()
    {
        EventLoops.SetCurrent(this);
        var events = new byte[MostEvents * Epoll.EventBytes];
        var resumed = new List<LoopDirection>();
        while (true)
        {
            _begun = unchecked(_begun + 1);
            var count = Epoll.Wait(_set, events);
            for (var i = 0; i < count; i++)
            {
                var (what, key) = Epoll.Read(events, i);
                Find(key)?.OnEvents(what, resumed);
            }

            // Whoever goes on knows of everything that has come to others, unless it was more than a wait can tell.
            _told = count < MostEvents ? _begun : _told;
            foreach (var direction in resumed)
            {
                direction.Resume();
            }

            resumed.Clear();
        }
    }
}
