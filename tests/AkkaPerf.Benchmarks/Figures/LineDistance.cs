using System.Diagnostics;
using System.Globalization;

namespace AkkaPerf.Benchmarks.Figures;

/// <summary>How far two processors are from each other: what it takes a cache line to go from one thread to another and back.</summary>
/// <remarks>
/// A virtual machine's processors are moved about under it: two of one core, of one chip, of two. What threads share costs up to six times as much
/// then, and nothing else on the machine tells.
/// </remarks>
internal sealed class LineDistance
{
    // The quickest of a reading's batches counts: in the others somebody else had one of the two processors.
    private const int Batches = 10;
    private const int Trips = 500;

    // More than a line to each side.
    private const int Middle = 32;

    private const int MostMilliseconds = 50;

    private readonly long[] _line = new long[2 * Middle];
    private readonly List<double> _nanoseconds = [];
    private long _endsAt;

    /// <summary>Those that were measured, as a sentence; null where there is but one processor.</summary>
    public string? Sentence => _nanoseconds.Count == 0
        ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"a cache line went from one processor to the other and back in {Figure.Median:0} ns ({Figure.Least:0} to {Figure.Most:0}, {_nanoseconds.Count} readings between the rounds)");

    private Results.Figure Figure => Results.Figure.Of(_nanoseconds, "ns");

    /// <summary>Takes a reading, in a few milliseconds; none where the two threads do not get a processor each.</summary>
    public void Measure()
    {
        if (Environment.ProcessorCount == 1)
        {
            return;
        }

        ref var line = ref _line[Middle];
        line = 0;
        Volatile.Write(ref _endsAt, Environment.TickCount64 + MostMilliseconds);
        var other = new Thread(Answer) { IsBackground = true };
        other.Start();
        _ = Await(ref line, -1);
        var quickest = double.PositiveInfinity;
        for (var batch = 0; batch < Batches; batch++)
        {
            var began = Stopwatch.GetTimestamp();
            for (var trip = batch * Trips; trip < (batch + 1) * Trips; trip++)
            {
                Volatile.Write(ref line, (2 * trip) + 1);
                if (!Await(ref line, (2 * trip) + 2))
                {
                    other.Join();
                    return;
                }
            }

            quickest = Math.Min(quickest, Stopwatch.GetElapsedTime(began).TotalNanoseconds / Trips);
        }

        _nanoseconds.Add(quickest);
        other.Join();
    }

    // Not even a pause: it would take longer than the line.
    private bool Await(ref long line, long value)
    {
        for (var spins = 1; Volatile.Read(ref line) != value; spins++)
        {
            if (spins % 4096 == 0 && Environment.TickCount64 > Volatile.Read(ref _endsAt))
            {
                return false;
            }
        }

        return true;
    }

    private void Answer()
    {
        ref var line = ref _line[Middle];
        Volatile.Write(ref line, -1);
        for (var trip = 0; trip < Batches * Trips; trip++)
        {
            if (!Await(ref line, (2 * trip) + 1))
            {
                return;
            }

            Volatile.Write(ref line, (2 * trip) + 2);
        }
    }
}
