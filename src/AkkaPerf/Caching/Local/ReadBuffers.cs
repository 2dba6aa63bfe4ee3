using System.Numerics;
using System.Runtime.CompilerServices;

namespace AkkaPerf.Caching.Local;

/// <summary>Remembers which slots were found, until somebody with the lock tells the policy; any thread.</summary>
/// <remarks>
/// Lossy on purpose: a stripe has no atomic operation, so two threads that share one may lose a record or tell it twice, and a full one
/// takes none. The policy needs a sample; a hit must cost no more than two plain stores on lines that other cores rarely touch.
/// </remarks>
internal sealed class ReadBuffers
{
    private readonly Stripe[] _stripes;

    public ReadBuffers(int processors)
    {
        _stripes = new Stripe[BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(processors * 2, 2, 128))];
        foreach (ref var stripe in _stripes.AsSpan())
        {
            stripe = new Stripe();
        }
    }

    /// <summary>How many threads can record without losing each other's.</summary>
    public int Count => _stripes.Length;

    /// <summary>The number of the stripe of the calling thread.</summary>
    public int Own => Environment.CurrentManagedThreadId & (_stripes.Length - 1);

    /// <summary>Remembers a hit; true if the stripe is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Record(int slot, int hash)
    {
        var stripes = _stripes;
        var stripe = stripes[Environment.CurrentManagedThreadId & (stripes.Length - 1)];
        var count = stripe.Count;
        if ((uint)count < Stripe.Size)
        {
            stripe.Records[count] = ((long)hash << 32) | (uint)slot;
            stripe.Count = ++count;
        }

        return count >= Stripe.Size;
    }

    /// <summary>Tells the policy what a stripe remembers; under the cache's lock.</summary>
    public void Drain(int number, EvictionPolicy policy)
    {
        var stripe = _stripes[number];
        var count = Math.Min(stripe.Count, Stripe.Size);
        for (var i = 0; i < count;)
        {
            // A hot key comes many times in a row.
            var record = stripe.Records[i];
            var times = 1;
            while (++i < count && stripe.Records[i] == record)
            {
                times++;
            }

            policy.OnFound((int)record, (int)(record >> 32), times);
        }

        stripe.Count = 0;
    }

    /// <summary>Forgets what was not told yet.</summary>
    public void Clear()
    {
        foreach (var stripe in _stripes)
        {
            stripe.Count = 0;
        }
    }

    private sealed class Stripe
    {
        public const int Size = 64;

        public int Count;
        public Lines Records;

        // The first and the last line are padding: neighbours in memory belong to other threads.
        [InlineArray(Size + 16)]
        public struct Lines
        {
            private long _first;
        }
    }
}
