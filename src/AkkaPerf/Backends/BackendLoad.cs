using System.Runtime.InteropServices;

namespace AkkaPerf.Backends;

/// <summary>What a backend has to do now and how it fared lately; any thread writes and reads it, without a lock.</summary>
/// <remarks>
/// All in one padded cache line: whoever ends an exchange changes all of it. Response time is an average over about a second, at least a
/// sixteenth a sample, so that neither a burst nor a pause distorts it; reading changes nothing. Failures do not count as response times (a
/// backend that fails at once would look fast), they have a share of their own.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct BackendLoad
{
    /// <summary>What <see cref="FailureShare"/> is a part of.</summary>
    private const int Whole = 1 << 16;

    private const double LeastWeight = 1.0 / 16;

    [FieldOffset(64)]
    private long _inFlight;

    // What is in flight now was assigned after this, as far as can be told without a list: it moves on with every end.
    [FieldOffset(72)]
    private long _mark;

    // A double's bits, in ticks; 0 = no sample yet.
    [FieldOffset(80)]
    private long _responseTime;

    [FieldOffset(88)]
    private long _sampledAt;

    [FieldOffset(96)]
    private long _succeeded;

    [FieldOffset(104)]
    private long _failed;

    [FieldOffset(112)]
    private int _failureShare;

    public readonly long InFlight => Volatile.Read(in _inFlight);

    public readonly long Succeeded => Volatile.Read(in _succeeded);

    public readonly long Failed => Volatile.Read(in _failed);

    /// <summary>Average time to answer, in ticks; 0 = not known.</summary>
    public readonly double ResponseTime => BitConverter.Int64BitsToDouble(Volatile.Read(in _responseTime));

    /// <summary>When there was the last sample or failure.</summary>
    public readonly long SampledAt => Volatile.Read(in _sampledAt);

    /// <summary>Lately failed part, 0 to 1: every outcome moves it by a sixteenth of the way.</summary>
    public readonly double FailureShare => (double)Volatile.Read(in _failureShare) / Whole;

    /// <summary>About how long the oldest in flight has been there; 0 if none is.</summary>
    public readonly long AgeOfOldest(long now) => InFlight > 0 ? Math.Max(0, now - Volatile.Read(in _mark)) : 0;

    /// <summary>Takes one on; false if the limit (0 = none) is reached.</summary>
    public bool TryAssign(int limit, long now)
    {
        if (limit == 0)
        {
            Started(Interlocked.Increment(ref _inFlight), now);
            return true;
        }

        var seen = Volatile.Read(in _inFlight);
        while (seen < limit)
        {
            var before = Interlocked.CompareExchange(ref _inFlight, seen + 1, seen);
            if (before == seen)
            {
                Started(seen + 1, now);
                return true;
            }

            seen = before;
        }

        return false;
    }

    public void Ended(long assignedAt)
    {
        if (assignedAt > Volatile.Read(in _mark))
        {
            Volatile.Write(ref _mark, assignedAt);
        }

        Interlocked.Decrement(ref _inFlight);
    }

    public void CountSuccess() => Interlocked.Increment(ref _succeeded);

    public void CountFailure() => Interlocked.Increment(ref _failed);

    /// <summary>Learns from an answer.</summary>
    public void Answers(long took, long now, long ticksPerSecond)
    {
        MoveFailureShare(0);
        Sample(took, now, ticksPerSecond);
    }

    /// <summary>Learns from a failure.</summary>
    public void Fails(long now)
    {
        MoveFailureShare(Whole);
        Volatile.Write(ref _sampledAt, now);
    }

    /// <summary>It takes at least that long: raises the average, never lowers it.</summary>
    public void TakesAtLeast(long elapsed, long now, long ticksPerSecond)
    {
        if (elapsed > ResponseTime)
        {
            Sample(elapsed, now, ticksPerSecond);
        }
    }

    /// <summary>Forgets how it fared: it begins anew.</summary>
    public void Forget()
    {
        Volatile.Write(ref _failureShare, 0);
        Volatile.Write(ref _responseTime, 0);
    }

    private void Started(long inFlight, long now)
    {
        if (inFlight == 1)
        {
            Volatile.Write(ref _mark, now);
        }
    }

    private void Sample(long took, long now, long ticksPerSecond)
    {
        var since = now - Volatile.Read(in _sampledAt);
        var weight = Math.Clamp((double)since / ticksPerSecond, LeastWeight, 1);
        while (true)
        {
            var seen = Volatile.Read(in _responseTime);
            var average = BitConverter.Int64BitsToDouble(seen);

            // A tick at least: zero means that nothing is known.
            var next = average == 0 ? Math.Max(took, 1) : Math.Max(average + ((took - average) * weight), 1);
            if (Interlocked.CompareExchange(ref _responseTime, BitConverter.DoubleToInt64Bits(next), seen) == seen)
            {
                Volatile.Write(ref _sampledAt, now);
                return;
            }
        }
    }

    private void MoveFailureShare(int target)
    {
        // Two threads may overwrite one another: one sample of many.
        var seen = Volatile.Read(in _failureShare);
        if (seen != target)
        {
            var step = (target - seen) / 16;
            Volatile.Write(ref _failureShare, step == 0 ? target : seen + step);
        }
    }
}
