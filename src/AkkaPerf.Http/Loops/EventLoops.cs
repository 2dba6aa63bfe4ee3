namespace AkkaPerf.Http.Loops;

/// <summary>The process's event loops, one for each processor; each socket is one's for good.</summary>
/// <remarks>
/// Problem: the runtime's own loop tries each read before it waits for it, since it does not know that there is nothing left: a proxied request is two sends
/// and four receives, of which two find nothing. A read that got less than it had room for has emptied the socket (epoll(7)), and what comes later is told by an
/// event; so here it waits at once, and a request is two sends and two receives. Whoever waits goes on on the loop's thread, and must not block it.
/// </remarks>
internal static class EventLoops
{
    private static readonly Lock Gate = new();
    private static readonly EventLoop?[] All = new EventLoop?[Environment.ProcessorCount];

    [ThreadStatic]
    private static EventLoop? _current;

    // Of each side its own, or all clients might be one loop's and all backends another's.
    private static uint _nextClient;
    private static uint _nextBackend;

    /// <summary>Whether this machine can have them.</summary>
    public static bool AreSupported => Epoll.IsSupported;

    /// <summary>The one for another client's socket: in turn.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It could not be begun: the process has too many files open. The next time it may be.</exception>
    public static EventLoop Next() => At(Interlocked.Increment(ref _nextClient));

    /// <summary>The one for a backend's: whose thread this is, or else the next.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It could not be begun: the process has too many files open. The next time it may be.</exception>
    public static EventLoop Nearest() => _current ?? At(Interlocked.Increment(ref _nextBackend));

    /// <summary>Makes a thread a loop's.</summary>
    public static void SetCurrent(EventLoop loop) => _current = loop;

    private static EventLoop At(uint number)
    {
        var place = (int)(number % All.Length);
        if (Volatile.Read(ref All[place]) is { } loop)
        {
            return loop;
        }

        lock (Gate)
        {
            return All[place] ??= new EventLoop(place);
        }
    }
}
