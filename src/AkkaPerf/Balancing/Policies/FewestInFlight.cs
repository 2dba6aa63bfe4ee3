using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>The fewest exchanges in flight for its share: least connections, of all or of a sample, and power of two choices.</summary>
/// <remarks>
/// Who is better nobody can foresee, so a branch would be guessed wrongly half of the time: masks are not. And nothing waits for what came before
/// but the comparison, so that all loads come from memory side by side.
/// </remarks>
internal readonly struct FewestInFlight : ILoadRule
{
    // Of a number's bits, rounded off: three for a share of 300 is what one is for 100, and must not lose by the last of them.
    private const int Alike = 4;

    public int BestOf(ReadOnlySpan<Candidate> all, int first, int length, long now)
    {
        if (length == all.Length)
        {
            return BestOfAll(all, first);
        }

        var untilEnd = Math.Min(length, all.Length - first);
        var least = Least(all.Slice(first, untilEnd), turn: 0, all.Length, long.MaxValue);
        return IndexOf(Least(all[..(length - untilEnd)], untilEnd, all.Length, least), first, all.Length);
    }

    public bool IsUnbeatable(in Candidate candidate) => candidate.Load.InFlight == 0;

    public bool IsBetter(in Candidate one, in Candidate other, long now) => RankOf(one) < RankOf(other);

    public double CostOf(in Candidate candidate, long now) => candidate.Load.InFlight / (double)candidate.Share;

    // In the order of memory, since a loop of always the same length is foreseen; whose turn it is counts behind the rank.
    private static int BestOfAll(ReadOnlySpan<Candidate> all, int first) => IndexOf(Least(all, all.Length - first, all.Length, long.MaxValue), first, all.Length);

    // The least of what each has to do, then of its turn: that of the first one, and each that follows comes one later.
    private static long Least(ReadOnlySpan<Candidate> run, int turn, int count, long least)
    {
        foreach (ref readonly var candidate in run)
        {
            // Beyond the last turn comes the first.
            turn -= count & ~((turn - count) >> 31);
            var more = (((long)RankOf(candidate) << 32) | (uint)turn) - least;
            least += more & (more >> 63);
            turn++;
        }

        return least;
    }

    private static int IndexOf(long least, int first, int count)
    {
        var index = first + (int)least;
        return index < count ? index : index - count;
    }

    // The bits of numbers that are not negative are in the order of the numbers.
    private static int RankOf(in Candidate candidate) =>
        (BitConverter.SingleToInt32Bits(candidate.Load.InFlight * candidate.PerShare) + (1 << (Alike - 1))) >> Alike;
}
