using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace AkkaPerf.Layers;

/// <summary>Brings items from any thread onto an island: a queue, a flag, and one wake-up for many items.</summary>
/// <remarks>
/// Problem: an async callback per item costs a message per item, and one to a stopped stage vanishes.
/// Rule: the producer enqueues, then wakes the consumer only if it takes the flag <c>asleep</c>. The consumer sets the flag when the
/// queue looks empty and looks once more: an item enqueued before the flag was set is seen by that look, one enqueued after it sees
/// the flag. Both sides go through a full fence (an interlocked operation), so one of them sees the other.
/// The queue belongs to the pipeline and outlives a stage; a new stage attaches itself.
/// </remarks>
internal sealed class Inbox<T>
    where T : class
{
    private readonly ConcurrentQueue<T> _queue = new();
    private Action? _wake;
    private int _asleep;

    /// <summary>Adds an item; any thread.</summary>
    public void Post(T item)
    {
        _queue.Enqueue(item);
        Wake();
    }

    /// <summary>Wakes the consumer if it sleeps; any thread.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _asleep, 0) == 1)
        {
            Volatile.Read(ref _wake)?.Invoke();
        }
    }

    /// <summary>Makes a stage the consumer, asleep; it must look into the inbox once itself.</summary>
    public void Attach(Action wake)
    {
        Volatile.Write(ref _wake, wake);
        Interlocked.Exchange(ref _asleep, 0);
    }

    /// <summary>Ends the consumer's part; what is posted from now on waits for the next one.</summary>
    public void Detach()
    {
        Interlocked.Exchange(ref _asleep, 0);
        Volatile.Write(ref _wake, null);
    }

    public bool TryTake([NotNullWhen(true)] out T? item) => _queue.TryDequeue(out item);

    /// <summary>Goes to sleep; false if there is something to do after all. The consumer only.</summary>
    public bool TrySleep()
    {
        Interlocked.Exchange(ref _asleep, 1);
        if (_queue.IsEmpty)
        {
            return true;
        }

        // If a producer was faster, its wake-up is on its way: sleep all the same.
        return Interlocked.Exchange(ref _asleep, 0) == 0;
    }
}
