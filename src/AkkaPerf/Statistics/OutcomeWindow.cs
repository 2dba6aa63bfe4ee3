using System.Runtime.CompilerServices;

namespace AkkaPerf.Statistics;

/// <summary>Successes and failures of the last ten steps of a clock, exact: a burst weighs what it is, unlike in a decaying average.</summary>
/// <remarks>
/// Any thread. Successes are numbered by whoever counts them anyhow; kept is the number of the first in each step, so that all others change nothing:
/// how many there were is a difference. Failures are counted. A word is a step and a number, changed by compare-and-swap. A field, never a copy.
/// </remarks>
internal struct OutcomeWindow
{
    /// <summary>Buckets of a window.</summary>
    public const int Buckets = 10;

    private const int NumberBits = 40;
    private const long NumberMask = (1L << NumberBits) - 1;
    private const long StepMask = (1L << (64 - NumberBits)) - 1;

    private readonly ulong _stepsPerTick;

    // 0 = none in that step: the first success there is has the number 1.
    private Words _firsts;
    private Words _failures;

    /// <param name="length">Of the whole window, in the clock's ticks.</param>
    public OutcomeWindow(long length) => _stepsPerTick = (ulong.MaxValue / (ulong)Math.Max(2, length / Buckets)) + 1;

    /// <summary>One went well.</summary>
    /// <param name="number">How many that makes since ever; each number once, in any order.</param>
    /// <param name="now">When.</param>
    public void Succeeded(long number, long now)
    {
        var step = StepOf(now);
        ref var word = ref _firsts[IndexOf(step)];
        if (!IsFrom(Volatile.Read(ref word), step, number))
        {
            Begin(ref word, step, number);
        }
    }

    /// <summary>One failed.</summary>
    public void Failed(long now)
    {
        var step = StepOf(now);
        ref var word = ref _failures[IndexOf(step)];
        while (true)
        {
            var seen = Volatile.Read(ref word);
            var next = StepIn(seen) == (step & StepMask) ? seen + 1 : Pack(step, 1);
            if (Interlocked.CompareExchange(ref word, next, seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>What there was.</summary>
    /// <param name="number">That of the newest success.</param>
    /// <param name="now">When the window ends.</param>
    public (long Succeeded, long Failed) Sum(long number, long now)
    {
        var step = StepOf(now);
        var (succeeded, failed) = (0L, 0L);
        for (var one = Math.Max(0, step - Buckets + 1); one <= step; one++)
        {
            var first = Volatile.Read(ref _firsts[IndexOf(one)]);
            if (succeeded == 0 && first != 0 && StepIn(first) == (one & StepMask))
            {
                succeeded = Math.Max(0, number - (first & NumberMask) + 1);
            }

            var failures = Volatile.Read(ref _failures[IndexOf(one)]);
            failed += StepIn(failures) == (one & StepMask) ? failures & NumberMask : 0;
        }

        return (succeeded, failed);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        for (var i = 0; i < Buckets; i++)
        {
            Volatile.Write(ref _firsts[i], 0);
            Volatile.Write(ref _failures[i], 0);
        }
    }

    private static void Begin(ref long word, long step, long number)
    {
        while (true)
        {
            var seen = Volatile.Read(ref word);
            if (IsFrom(seen, step, number) || Interlocked.CompareExchange(ref word, Pack(step, number), seen) == seen)
            {
                return;
            }
        }
    }

    // Whether a word says that the step begins with this number or one before.
    private static bool IsFrom(long word, long step, long number) => (ulong)(word - Pack(step, 1)) < (ulong)number;

    // A multiplication, not a division: the length of a step is a constant, and this runs for every exchange.
    private readonly long StepOf(long now) => (long)Math.BigMul((ulong)Math.Max(0, now), _stepsPerTick, out _);

    private static int IndexOf(long step) => (int)((ulong)step % Buckets);

    private static long StepIn(long word) => (word >> NumberBits) & StepMask;

    private static long Pack(long step, long number) => ((step & StepMask) << NumberBits) | number;

    [InlineArray(Buckets)]
    private struct Words
    {
        private long _first;
    }
}
