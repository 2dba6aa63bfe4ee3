namespace AkkaPerf.Caching.Local;

/// <summary>Decides whether a candidate takes the place of those who would leave for it; under the cache's lock.</summary>
internal sealed class Admission
{
    // A candidate must have been asked for more often by this part. Counts differ by chance, and by one in a loop, where whoever is next
    // was asked for the longest ago: exchanging equals costs the hit of the one that leaves.
    private const int MarginDivisor = 4;

    // Who floods the sketch to keep a victim in can do so no longer than until one of so many warm candidates is let in (as in Caffeine).
    private const int WarmFrequency = 6;
    private const int WarmOdds = 128;

    // Victims that are weighed up against one candidate.
    private const int MostVictims = 16;

    private readonly NodeTable _table;
    private readonly FrequencySketch _sketch;
    private readonly Random _random;

    public Admission(NodeTable table, FrequencySketch sketch, Random random)
    {
        _table = table;
        _sketch = sketch;
        _random = random;
    }

    /// <summary>Whether a candidate was asked for often enough more than those who would leave for it.</summary>
    public static bool Beats(int frequency, int others) => frequency - (frequency / MarginDivisor) > others;

    /// <summary>How many leave for the candidate, from the queues' oldest on; 0 if it is the one that leaves.</summary>
    /// <param name="candidate">Its slot.</param>
    /// <param name="bytes">What they must set free together; at most 0 if one place is enough.</param>
    /// <param name="first">Those who leave first.</param>
    /// <param name="next">Those who leave after them.</param>
    public int CountVictims(int candidate, long bytes, SlotQueue first, SlotQueue next)
    {
        var frequency = FrequencyOf(candidate);
        var isLucky = frequency >= WarmFrequency && _random.Next(WarmOdds) == 0;
        var against = 0;
        var victim = first.Count > 0 ? first.Oldest : next.Oldest;
        for (var count = 1; victim != NodeTable.None && count <= MostVictims; count++)
        {
            // From the second on each counts something: many that nobody asked for are not nothing.
            against += Math.Max(count > 1 ? 1 : 0, FrequencyOf(victim));
            if (!Beats(frequency, against) && !isLucky)
            {
                return 0;
            }

            bytes -= bytes > 0 ? _table.Nodes[victim].Weight : 0;
            if (bytes <= 0)
            {
                return count;
            }

            var newer = _table.Nodes[victim].Newer;
            victim = newer == NodeTable.None && _table.Nodes[victim].Queue == QueueKind.Probation ? next.Oldest : newer;
        }

        return 0;
    }

    private int FrequencyOf(int slot) => _sketch.FrequencyOf(_table.Nodes[slot].Hash);
}
