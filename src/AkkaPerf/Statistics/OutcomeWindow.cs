using System.Runtime.CompilerServices;

namespace AkkaPerf.Statistics;

/// <summary>Successes and failures of the last ten steps of a clock, exact: a burst weighs what it is, unlike in a decaying average.</summary>
/// <remarks>Any thread. A bucket is one 64-bit word (its step, its successes, its failures), changed by compare-and-swap; constant cost. A field, never a copy.</remarks>
internal struct OutcomeWindow
{
    /// <summary>Buckets of a window.</summary>
    public const int Buckets = 10;

    private const int CountBits = 20;
    private const int CountMask = (1 << CountBits) - 1;
    private const int StepMask = (1 << 24) - 1;

    private readonly ulong _stepsPerTick;
    private BucketWords _buckets;

    /// <param name="length">Of the whole window, in the clock's ticks.</param>
    public OutcomeWindow(long length) => _stepsPerTick = (ulong.MaxValue / (ulong)Math.Max(2, length / Buckets)) + 1;

    public void Add(bool isSuccess, long now)
    {
        var step = StepOf(now);
        ref var bucket = ref _buckets[(int)((ulong)step % Buckets)];
        while (true)
        {
            var seen = Volatile.Read(ref bucket);
            var (ok, failed) = Stamp(seen) == (step & StepMask) ? Counts(seen) : (0, 0);
            var next = isSuccess ? Pack(step, Math.Min(ok + 1, CountMask), failed) : Pack(step, ok, Math.Min(failed + 1, CountMask));
            if (Interlocked.CompareExchange(ref bucket, next, seen) == seen)
            {
                return;
            }
        }
    }

    public (long Succeeded, long Failed) Sum(long now)
    {
        var step = StepOf(now);
        var (succeeded, failed) = (0L, 0L);
        for (var back = 0L; back < Buckets; back++)
        {
            if (step - back < 0)
            {
                break;
            }

            var bucket = Volatile.Read(ref _buckets[(int)((step - back) % Buckets)]);
            if (bucket != 0 && Stamp(bucket) == ((step - back) & StepMask))
            {
                var (bucketSucceeded, bucketFailed) = Counts(bucket);
                succeeded += bucketSucceeded;
                failed += bucketFailed;
            }
        }

        return (succeeded, failed);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        for (var i = 0; i < Buckets; i++)
        {
            Volatile.Write(ref _buckets[i], 0);
        }
    }

    // A multiplication, not a division: the length of a step is a constant, and this runs for every exchange.
    private readonly long StepOf(long now) => (long)Math.BigMul((ulong)Math.Max(0, now), _stepsPerTick, out _);

    private static long Stamp(long bucket) => (bucket >> (2 * CountBits)) & StepMask;

    private static (int Succeeded, int Failed) Counts(long bucket) => ((int)(bucket >> CountBits) & CountMask, (int)bucket & CountMask);

    private static long Pack(long step, int succeeded, int failed) => ((step & StepMask) << (2 * CountBits)) | ((long)succeeded << CountBits) | (uint)failed;

    [InlineArray(Buckets)]
    private struct BucketWords
    {
        private long _first;
    }
}
