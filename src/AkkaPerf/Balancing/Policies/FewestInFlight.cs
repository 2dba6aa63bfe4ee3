using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>The fewest exchanges in flight for its share: least connections, of all or of a sample, and power of two choices.</summary>
internal readonly struct FewestInFlight : ILoadRule
{
    // Of a number's bits, rounded off: three for a share of 300 is what one is for 100, and must not lose by the last of them.
    private const int Alike = 4;

    public int BestOf(BackendGroup group, int first, int length, long now)
    {
        if (length == group.Count && group.Lanes is { } lanes)
        {
            return lanes.Fewest(first);
        }

        var all = group.Candidates;
        var (best, index, least) = (first, first, RankOf(all[first]));
        for (var left = length - 1; left > 0; left--)
        {
            index = index + 1 < all.Length ? index + 1 : 0;

            // Who is better nobody can foresee, so a branch would be guessed wrongly half of the time: masks are not.
            var rank = RankOf(all[index]);
            var isBetter = (rank - least) >> 31;
            best ^= (best ^ index) & isBetter;
            least ^= (least ^ rank) & isBetter;
        }

        return best;
    }

    public bool IsUnbeatable(in Candidate candidate) => candidate.Load.InFlight == 0;

    public bool IsBetter(in Candidate one, in Candidate other, long now) => RankOf(one) < RankOf(other);

    public double CostOf(in Candidate candidate, long now) => candidate.Load.InFlight / (double)candidate.Share;

    // The bits of numbers that are not negative are in the order of the numbers.
    private static int RankOf(in Candidate candidate) =>
        (BitConverter.SingleToInt32Bits(candidate.Load.InFlight * candidate.PerShare) + (1 << (Alike - 1))) >> Alike;
}
