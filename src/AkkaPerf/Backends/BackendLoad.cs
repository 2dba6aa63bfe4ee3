using System.Runtime.InteropServices;

namespace AkkaPerf.Backends;

/// <summary>What a backend has to do now and how it fared lately; any thread writes and reads it, without a lock.</summary>
/// <remarks>
/// All in one cache line (<see cref="LoadShelf"/>): whoever ends an exchange changes all of it. Response time is an average over about a second, at least a
/// sixteenth a sample, so that neither a burst nor a pause distorts it; reading changes nothing. Failures do not count as response times (a
/// backend that fails at once would look fast), they have a share of their own. What is counted is exact; of two samples that come at the same
/// moment from two threads the averages may lose one.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct BackendLoad
{
    // The word of what is in flight, low, and what succeeded, high: an exchange that ends well changes both at once.
    private const int InFlightBits = 24;
    private const long InFlightMask = (1L << InFlightBits) - 1;
    private const long OneSuccess = 1L << InFlightBits;

    // What the failure share is a part of.
    private const int Whole = 1 << 16;

    // An answer is late news after a second, or four times as long as one takes.
    private const double LeastLately = 1;
    private const double Lately = 4;

    // Of answers that come closer upon one another a few are enough.
    private const double LeastPause = 1.0 / 64;

    private const double LeastWeight = 1.0 / 16;
    private const double MostOfFailures = 0.5;

    [FieldOffset(0)]
    private long _flights;

    // What is in flight now was assigned after this, as far as can be told without a list: it moves on with every end.
    [FieldOffset(8)]
    private long _mark;

    // In ticks; 0 = no sample yet.
    [FieldOffset(16)]
    private double _responseTime;

    [FieldOffset(24)]
    private long _sampledAt;

    [FieldOffset(32)]
    private int _failureShare;

    // Successes that say nothing of what it is now.
    [FieldOffset(36)]
    private int _succeededLate;

    [FieldOffset(40)]
    private long _failed;

    // Of answers alone, in ticks: what is given up says how long somebody waited, not how long it takes. 0 = no answer yet.
    [FieldOffset(48)]
    private double _answerTime;

    [FieldOffset(56)]
    private long _answeredAt;

    public readonly long InFlight => Volatile.Read(in _flights) & InFlightMask;

    public readonly long Succeeded => (Volatile.Read(in _flights) >> InFlightBits) + (uint)Volatile.Read(in _succeededLate);

    public readonly long Failed => Volatile.Read(in _failed);

    /// <summary>Average time to answer, in ticks; 0 = not known.</summary>
    public readonly double ResponseTime => Volatile.Read(in _responseTime);

    /// <summary>When there was the last sample or failure.</summary>
    public readonly long SampledAt => Volatile.Read(in _sampledAt);

    /// <summary>Lately failed part, 0 to 1: every outcome moves it by a sixteenth of the way at least, after a pause by half.</summary>
    public readonly double FailureShare => (double)Volatile.Read(in _failureShare) / Whole;

    /// <summary>Whether one that was given up after so long tells nothing: the backend answers lately, and takes longer than that as a rule.</summary>
    public readonly bool IsTooEarlyFor(long elapsed, long now, double secondsPerTick)
    {
        var usual = Volatile.Read(in _answerTime);
        var lately = Math.Max(LeastLately / secondsPerTick, Lately * usual);
        return elapsed < usual && now - Volatile.Read(in _answeredAt) < lately;
    }

    /// <summary>What is in flight was assigned after this, about: the oldest is not there for longer.</summary>
    public readonly long Mark => Volatile.Read(in _mark);

    /// <summary>Takes one on; false if the limit (0 = none) is reached.</summary>
    public bool TryAssign(int limit, long now)
    {
        if (limit == 0)
        {
            Started(Interlocked.Increment(ref _flights) & InFlightMask, now);
            return true;
        }

        var seen = Volatile.Read(in _flights);
        while ((seen & InFlightMask) < limit)
        {
            var before = Interlocked.CompareExchange(ref _flights, seen + 1, seen);
            if (before == seen)
            {
                Started((seen & InFlightMask) + 1, now);
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>One that was taken on has ended.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="assignedAt">When it was taken on.</param>
    /// <param name="isLate">Whether that was before it began anew.</param>
    /// <returns>How many went well, this one included, without those that were late: a number of its own for each that did.</returns>
    public long Ended(BackendOutcome outcome, long assignedAt, bool isLate)
    {
        if (assignedAt > Volatile.Read(in _mark))
        {
            Volatile.Write(ref _mark, assignedAt);
        }

        var isNumbered = outcome == BackendOutcome.Success && !isLate;
        var flights = Interlocked.Add(ref _flights, isNumbered ? OneSuccess - 1 : -1);
        if (!isNumbered)
        {
            Count(outcome);
        }

        return flights >> InFlightBits;
    }

    /// <summary>Learns from an answer.</summary>
    public void Answers(long took, long now, double secondsPerTick)
    {
        MoveFailureShare(0, now, secondsPerTick);
        var answeredAt = Volatile.Read(in _answeredAt);
        if ((now - answeredAt) * secondsPerTick >= LeastPause)
        {
            Volatile.Write(ref _answerTime, Next(Volatile.Read(in _answerTime), answeredAt, took, now, secondsPerTick));
            Volatile.Write(ref _answeredAt, now);
        }

        Sample(took, now, secondsPerTick);
    }

    /// <summary>Learns from a failure.</summary>
    public void Fails(long now, double secondsPerTick)
    {
        MoveFailureShare(Whole, now, secondsPerTick);
        Volatile.Write(ref _sampledAt, now);
    }

    /// <summary>It takes at least that long: raises the average, never lowers it.</summary>
    public void TakesAtLeast(long elapsed, long now, double secondsPerTick)
    {
        if (elapsed > ResponseTime)
        {
            Sample(elapsed, now, secondsPerTick);
        }
    }

    /// <summary>Forgets how it fared: it begins anew.</summary>
    public void Forget()
    {
        Volatile.Write(ref _failureShare, 0);
        Volatile.Write(ref _responseTime, 0);
        Volatile.Write(ref _answerTime, 0);
    }

    private void Count(BackendOutcome outcome)
    {
        switch (outcome)
        {
            case BackendOutcome.Success:
                Interlocked.Increment(ref _succeededLate);
                break;
            case BackendOutcome.Failure or BackendOutcome.Timeout or BackendOutcome.Unreachable:
                Interlocked.Increment(ref _failed);
                break;
        }
    }

    private void Started(long inFlight, long now)
    {
        if (inFlight == 1)
        {
            Volatile.Write(ref _mark, now);
        }
    }

    private void Sample(long took, long now, double secondsPerTick)
    {
        // A tick at least: zero means that nothing is known.
        Volatile.Write(ref _responseTime, Math.Max(Next(ResponseTime, SampledAt, took, now, secondsPerTick), 1));
        Volatile.Write(ref _sampledAt, now);
    }

    private static double Next(double average, long sampledAt, long took, long now, double secondsPerTick)
    {
        var weight = Math.Clamp((now - sampledAt) * secondsPerTick, LeastWeight, 1);
        return average == 0 ? took : average + ((took - average) * weight);
    }

    private void MoveFailureShare(int target, long now, double secondsPerTick)
    {
        var seen = Volatile.Read(in _failureShare);
        if (seen != target)
        {
            // After a pause one outcome says more: a backend that gets one request in ten seconds must not need a hundred to be forgiven.
            var weight = Math.Clamp((now - SampledAt) * secondsPerTick, LeastWeight, MostOfFailures);
            var step = (int)((target - seen) * weight);
            Volatile.Write(ref _failureShare, step == 0 ? target : seen + step);
        }
    }
}
