namespace AkkaPerf.Http.Loops;

/// <summary>The process's event loops, one for each processor; each socket is one's for good.</summary>
/// <remarks>
/// Problem: the runtime's own loop tries each read before it waits for it, since it does not know that there is nothing left: a proxied request is two sends
/// and four receives, of which two find nothing. A read that got less than it had room for has emptied the socket (epoll(7)), and what comes later is told by an
/// event; so here it waits at once, and a request is two sends and two receives. Whoever waits goes on on the loop's thread, and must not block it.
/// </remarks>
internal static class EventLoops
{
    private static readonly Lazy<EventLoop[]> s_all = new(static () => [.. Enumerable.Range(0, Environment.ProcessorCount).Select(static number => new EventLoop(number))]);

    [ThreadStatic]
    private static EventLoop? s_current;

    private static uint s_next;

    /// <summary>Whether this machine can have them.</summary>
    public static bool AreSupported => Epoll.IsSupported;

    /// <summary>The one for another socket: in turn.</summary>
    public static EventLoop Next() => s_all.Value[Interlocked.Increment(ref s_next) % s_all.Value.Length];

    /// <summary>The one whose thread this is, or else the next.</summary>
    public static EventLoop Nearest() => s_current ?? Next();

    /// <summary>Makes a thread a loop's.</summary>
    public static void SetCurrent(EventLoop loop) => s_current = loop;
}
