using System.Runtime.InteropServices;

namespace AkkaPerf.Statistics;

/// <summary>A count that any thread may change and read.</summary>
/// <remarks>Padded to a cache line of its own: neighbours that other cores write would otherwise slow every change.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct Counter
{
    [FieldOffset(64)]
    private long _value;

    public readonly long Value => Volatile.Read(in _value);

    public long Increment() => Interlocked.Increment(ref _value);

    /// <summary>The same where a lock keeps all others from changing it.</summary>
    public void IncrementAlone() => Volatile.Write(ref _value, _value + 1);

    public long Decrement() => Interlocked.Decrement(ref _value);

    /// <summary>Counts one more unless the limit is reached; a failed try is never seen by others.</summary>
    public bool TryIncrement(long limit)
    {
        var seen = Volatile.Read(in _value);
        while (seen < limit)
        {
            var before = Interlocked.CompareExchange(ref _value, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    public long Add(long amount) => Interlocked.Add(ref _value, amount);
}
