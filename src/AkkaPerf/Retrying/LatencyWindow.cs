using System.Numerics;

namespace AkkaPerf.Retrying;

/// <summary>A quantile of the latencies of the last 20 to 30 seconds.</summary>
/// <remarks>
/// Problem: "slow" must follow what a pipeline is like now. Rule: three histograms that take turns every ten seconds, their buckets 32 to
/// each power of two (as HdrHistogram's), so that the answer is at most 3.2 % too high and never too low; looked up anew every three seconds (Finagle's
/// <c>BackupRequestFilter</c>). One island at a time. Recording is constant cost, looking up reads 22 kB.
/// </remarks>
internal sealed class LatencyWindow
{
    private const int SubBits = 5;
    private const int SubBuckets = 1 << SubBits;
    private const int Buckets = (64 - SubBits) * SubBuckets;
    private const int Turns = 3;

    private static readonly TimeSpan TurnLength = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookUpEvery = TimeSpan.FromSeconds(3);

    private readonly int[][] _counts = [new int[Buckets], new int[Buckets], new int[Buckets]];
    private readonly long[] _totals = new long[Turns];
    private readonly double _quantile;
    private readonly int _minSamples;
    private readonly long _ticksPerTurn;
    private readonly long _ticksPerLookUp;
    private long _turn;
    private long _found = -1;
    private long _lookUpAt;

    public LatencyWindow(double quantile, int minSamples, long ticksPerSecond)
    {
        _quantile = quantile;
        _minSamples = minSamples;
        _ticksPerTurn = (long)(TurnLength.TotalSeconds * ticksPerSecond);
        _ticksPerLookUp = (long)(LookUpEvery.TotalSeconds * ticksPerSecond);
    }

    /// <summary>Takes a latency in.</summary>
    public void Record(long ticks, long now)
    {
        Turn(now);
        var slot = (int)(_turn % Turns);
        _counts[slot][BucketOf(Math.Max(0, ticks))]++;
        _totals[slot]++;
    }

    /// <summary>Finds the quantile, in ticks; false while there are too few samples.</summary>
    public bool TryFind(long now, out long ticks)
    {
        Turn(now);
        var total = _totals[0] + _totals[1] + _totals[2];
        if (total < _minSamples)
        {
            _found = -1;
        }
        else if (_found < 0 || now >= _lookUpAt)
        {
            _found = LookUp((long)Math.Ceiling(total * _quantile));
            _lookUpAt = now + _ticksPerLookUp;
        }

        ticks = _found;
        return ticks >= 0;
    }

    private static int BucketOf(long ticks)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)ticks) - SubBits);
        return (shift << SubBits) + (int)(ticks >> shift);
    }

    // The largest value that falls into it.
    private static long UpperEdge(int bucket)
    {
        var shift = Math.Max(0, (bucket >> SubBits) - 1);
        return ((bucket - ((long)shift << SubBits) + 1) << shift) - 1;
    }

    private long LookUp(long rank)
    {
        var seen = 0L;
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            seen += _counts[0][bucket] + _counts[1][bucket] + _counts[2][bucket];
            if (seen >= rank)
            {
                return UpperEdge(bucket);
            }
        }

        return UpperEdge(Buckets - 1);
    }

    private void Turn(long now)
    {
        var turn = now / _ticksPerTurn;
        for (var left = Math.Min(Turns, turn - _turn); left > 0; left--)
        {
            var slot = (int)((turn - left + 1) % Turns);
            Array.Clear(_counts[slot]);
            _totals[slot] = 0;
        }

        _turn = Math.Max(_turn, turn);
    }
}
