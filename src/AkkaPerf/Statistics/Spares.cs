using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace AkkaPerf.Statistics;

/// <summary>Objects to be used again: one for each processor, so that the next user finds it where it was last touched, and a few for all.</summary>
/// <remarks>Problem: a queue hands out the one that was longest away, out of another processor's cache.</remarks>
internal sealed class Spares<T>
    where T : class
{
    private readonly Place[] _own = new Place[Stripes.Count];
    private readonly ConcurrentQueue<T> _common = new();
    private readonly int _max;
    private int _count;

    /// <param name="max">How many are kept besides those of the processors.</param>
    public Spares(int max) => _max = max;

    /// <summary>Takes one; null if there is none.</summary>
    public T? Take()
    {
        ref var own = ref _own[Stripes.Current].Item;
        if (own is not null && Interlocked.Exchange(ref own, null) is { } mine)
        {
            return mine;
        }

        if (!_common.TryDequeue(out var common))
        {
            return null;
        }

        Interlocked.Decrement(ref _count);
        return common;
    }

    /// <summary>Keeps one; false if there are enough.</summary>
    public bool TryKeep(T item)
    {
        ref var own = ref _own[Stripes.Current].Item;
        if (own is null && Interlocked.CompareExchange(ref own, item, null) is null)
        {
            return true;
        }

        if (Volatile.Read(ref _count) >= _max)
        {
            return false;
        }

        Interlocked.Increment(ref _count);
        _common.Enqueue(item);
        return true;
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Place
    {
        public T? Item;
    }
}
