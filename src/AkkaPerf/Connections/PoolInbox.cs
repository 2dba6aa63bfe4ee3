using System.Collections.Concurrent;
using Akka.Actor;

namespace AkkaPerf.Connections;

/// <summary>Carries signals from any thread to the pool's actor: one message wakes it for many signals.</summary>
/// <remarks>
/// Producer: enqueue, fence, look at the flag. Reader: clear the flag, fence, look at the queue. Whatever their order, one of them sees the
/// other, so no signal is left behind. The flag is read before it is written, so that producers do not steal its cache line from one another.
/// A message to a dead actor would vanish, a signal does not: after <see cref="Bury"/> whoever posts sees to it.
/// </remarks>
internal sealed class PoolInbox
{
    private readonly ConcurrentQueue<PoolSignal> _signals = new();
    private volatile IActorRef? _reader;
    private volatile Action? _afterDeath;
    private int _isAwake;

    /// <summary>Takes a lease back on its holder's thread; false where only the reader can. Set before the first lease.</summary>
    public Func<PoolLease, bool>? Shortcut { get; set; }

    /// <summary>Whether the reader is gone for good.</summary>
    public bool IsDead => _afterDeath is not null;

    /// <summary>Hands a signal over. Any thread; never blocks.</summary>
    public void Post(in PoolSignal signal)
    {
        _signals.Enqueue(signal);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isAwake) == 0 && Interlocked.Exchange(ref _isAwake, 1) == 0)
        {
            _reader?.Tell(ConnectionPoolActor.Protocol.Wake.Instance, ActorRefs.NoSender);
        }

        _afterDeath?.Invoke();
    }

    /// <summary>Takes the next signal. The reader only.</summary>
    public bool TryTake(out PoolSignal signal) => _signals.TryDequeue(out signal);

    /// <summary>Whether the reader may rest; if not, signals have come meanwhile. The reader only.</summary>
    public bool TrySleep()
    {
        Volatile.Write(ref _isAwake, 0);
        Interlocked.MemoryBarrier();

        // If a producer has set the flag again, its message is on the way and this reader may rest all the same.
        return _signals.IsEmpty || Interlocked.Exchange(ref _isAwake, 1) == 1;
    }

    /// <summary>Names the reader, also after its restart, which may have swallowed a wake-up; what was posted before is read now.</summary>
    public void WakeUp(IActorRef reader)
    {
        _reader = reader;
        Interlocked.Exchange(ref _isAwake, 1);
        reader.Tell(ConnectionPoolActor.Protocol.Wake.Instance, ActorRefs.NoSender);
    }

    /// <summary>Says that there is no reader any more; from now on every poster runs the callback.</summary>
    public void Bury(Action afterDeath)
    {
        _afterDeath = afterDeath;
        Interlocked.MemoryBarrier();
    }
}
