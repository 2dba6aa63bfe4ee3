using AkkaPerf.Statistics;

namespace AkkaPerf.Backends;

/// <summary>What all backends of a tier have in flight together; counted only from when somebody needs it, since every exchange pays for it.</summary>
/// <remarks>
/// When an exchange was assigned says whether it counts, and it says the same at its end: so what is counted up is counted down, and nothing else. What
/// was in flight before has a number of its own, which those exchanges count down as they end. That one may be a few too low, as for some that
/// were assigned at the very moment, but never too high: once they have ended nothing is left of it.
/// </remarks>
internal sealed class BackendTotals
{
    private Counter _counted;
    private long _from = long.MaxValue;
    private long _knownUntil;
    private long _earlier;

    public long InFlight => _counted.Value + Math.Max(0, Volatile.Read(ref _earlier));

    private bool IsCounting => Volatile.Read(ref _from) != long.MaxValue;

    /// <summary>Begins to count. One thread at a time; only the first call counts.</summary>
    /// <param name="from">What is assigned from then on: a timestamp that nobody has read yet who does not see that counting began.</param>
    public void Count(long from)
    {
        if (!IsCounting)
        {
            Volatile.Write(ref _knownUntil, from);
            Volatile.Write(ref _from, from);
        }
    }

    /// <summary>Begins to count where exchanges are in flight; they count too, from now on.</summary>
    /// <param name="from">As above.</param>
    /// <param name="backends">Who has them.</param>
    /// <param name="time">The clock of the timestamps.</param>
    public void Count(long from, IReadOnlyList<Backend> backends, TimeProvider time)
    {
        if (IsCounting)
        {
            return;
        }

        Count(from);
        foreach (var backend in backends)
        {
            backend.CountsEarlier = true;
        }

        // Counted down first, then up: what ends meanwhile makes it too low.
        Interlocked.MemoryBarrier();
        var inFlight = backends.Sum(static backend => backend.InFlight);
        Volatile.Write(ref _knownUntil, time.GetTimestamp());
        Interlocked.Add(ref _earlier, inFlight);
    }

    public void Assigned(long now)
    {
        if (now >= Volatile.Read(ref _from))
        {
            _counted.Increment();
        }
    }

    public void Ended(Backend backend, long assignedAt)
    {
        var from = Volatile.Read(ref _from);
        if (assignedAt >= from)
        {
            _counted.Decrement();
        }
        else if (from != long.MaxValue && backend.CountsEarlier && assignedAt <= Volatile.Read(ref _knownUntil))
        {
            Interlocked.Decrement(ref _earlier);
        }
    }
}
