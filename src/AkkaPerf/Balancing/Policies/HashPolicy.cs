using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Gives the same key to the same backend while it is well and has not too much to do; a request without a key goes anywhere.</summary>
/// <remarks>
/// The table is of all members, so that a change of health moves the keys of that backend only: they walk on to the next that is eligible.
/// Bounded load (Mirrokni, Thorup, Zadimoghaddam 2016): nobody gets more than its share of what is in flight, times a factor.
/// </remarks>
internal abstract class HashPolicy<TTable> : IBalancingPolicy, IPreparedPolicy
    where TTable : class
{
    // With a bound of 1.25 a walk of more than a few steps is rare; beyond this the rest is taken in order.
    private const int LongestWalk = 128;

    private const double RoundingError = 1e-6;

    private readonly double _bound;

    /// <param name="bound">Times its share; 0 = no bound.</param>
    protected HashPolicy(double bound) => _bound = bound;

    public void Prepare(BackendGroup group) => group.Members.Build(BuildTable);

    public int Pick(in PickContext context)
    {
        var hash = context.Hash ?? context.RandomBits();
        var group = context.Candidates;
        var most = (group.InFlight + 1) * _bound;
        if (group.Members.Table(BuildTable) is { } table && TryWalk(context, table, hash, most, out var found))
        {
            return found;
        }

        // While the very first table is made, too: by the same key to the same one, as long as the same ones are well.
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

    private bool TryWalk(in PickContext context, TTable table, ulong hash, double most, out int index)
    {
        var walk = Begin(table, hash);
        for (var step = 0; step < LongestWalk; step++)
        {
            index = context.Candidates.IndexOf(Next(table, ref walk));
            if (index >= 0 && IsFit(context, index, most))
            {
                return true;
            }
        }

        index = -1;
        return false;
    }

    // One at least, however small the share.
    private static bool IsFit(in PickContext context, int index, double most)
    {
        var group = context.Candidates;
        var bound = most / (group.TotalShare * (double)group.PerShareAt(index));

        // A whole number is often meant, and must not be rounded up to the next for a rounding error.
        return context.CanTake(index) && group.LoadAt(index).InFlight < Math.Max(1, Math.Ceiling(bound * (1 - RoundingError)));
    }
}
