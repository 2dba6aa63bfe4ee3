using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Gives the same key to the same backend while it is well and has not too much to do; a request without a key goes anywhere.</summary>
/// <remarks>
/// The table is of all members, so that a change of health moves the keys of that backend only: they walk on to the next that is eligible.
/// Bounded load (Mirrokni, Thorup, Zadimoghaddam 2016): nobody gets more than its share of what is in flight, times a factor.
/// </remarks>
internal abstract class HashPolicy<TTable> : IBalancingPolicy
    where TTable : class
{
    // With a bound of 1.25 a walk of more than a few steps is rare; beyond this the rest is taken in order.
    private const int LongestWalk = 128;

    private const double RoundingError = 1e-6;

    private readonly double _bound;
    private readonly BackendTotals _total;

    /// <param name="bound">Times its share; 0 = no bound.</param>
    /// <param name="total">What all backends together have in flight.</param>
    protected HashPolicy(double bound, BackendTotals total)
    {
        _bound = bound;
        _total = total;
    }

    public int Pick(in PickContext context)
    {
        var hash = context.Hash ?? context.Dice().Next();
        var group = context.Candidates;
        var table = group.Members.Table(BuildTable);
        var most = (_total.InFlight + 1) * _bound;
        var walk = Begin(table, hash);
        for (var step = 0; step < LongestWalk; step++)
        {
            var index = group.IndexOf(Next(table, ref walk));
            if (index >= 0 && IsFit(context, index, most))
            {
                return index;
            }
        }

        var start = (int)(hash % (uint)group.Count);
        for (var step = 0; step < group.Count; step++)
        {
            var index = (start + step) % group.Count;
            if (IsFit(context, index, most))
            {
                return index;
            }
        }

        return start;
    }

    protected abstract Func<BackendMembers, TTable> BuildTable { get; }

    /// <summary>Where a key's walk begins.</summary>
    protected abstract (ulong At, ulong Step) Begin(TTable table, ulong hash);

    /// <summary>The backend where the walk stands; moves on.</summary>
    protected abstract Backend Next(TTable table, ref (ulong At, ulong Step) walk);

    // One at least, however small the share.
    private static bool IsFit(in PickContext context, int index, double most)
    {
        var group = context.Candidates;
        var bound = most / (group.TotalShare * group.PerShareAt(index));

        // A whole number is often meant, and must not be rounded up to the next for a rounding error.
        return context.CanTake(index) && group.BackendAt(index).InFlight < Math.Max(1, Math.Ceiling(bound - RoundingError));
    }
}
