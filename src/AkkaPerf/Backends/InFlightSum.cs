using System.Runtime.InteropServices;

namespace AkkaPerf.Backends;

/// <summary>What many backends have in flight together, as it was a little while ago: adding up takes time, and to count would cost every exchange. Any thread.</summary>
/// <remarks>
/// Added up anew once a quarter as many as there are backends have asked, by when what is in flight on the average one has changed by about a
/// quarter, and after some time. In a cache line of its own, which everybody who asks writes.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct InFlightSum
{
    private const int AsksPerBackend = 4;

    [FieldOffset(64)]
    private long _sum;

    [FieldOffset(72)]
    private int _asksLeft;

    [FieldOffset(80)]
    private long _addedAt;

    /// <summary>The sum.</summary>
    /// <param name="all">Of whom.</param>
    /// <param name="now">The timestamp of now.</param>
    /// <param name="longest">How old it may be, in the same ticks.</param>
    public long Of(ReadOnlySpan<Candidate> all, long now, long longest)
    {
        // Of two that ask at the same moment one may not be noticed, the sum serves for one more; and one adds it up anew while the others go on with it.
        var left = Volatile.Read(in _asksLeft);
        Volatile.Write(ref _asksLeft, left - 1);
        var addedAt = Volatile.Read(in _addedAt);
        if ((left > 0 && now - addedAt < longest) || Interlocked.CompareExchange(ref _addedAt, now, addedAt) != addedAt)
        {
            return Volatile.Read(in _sum);
        }

        var sum = 0L;
        foreach (ref readonly var candidate in all)
        {
            sum += candidate.Load.InFlight;
        }

        Volatile.Write(ref _sum, sum);
        Volatile.Write(ref _asksLeft, all.Length / AsksPerBackend);
        return sum;
    }
}
