using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Gives the same key to the same backend while it is well and has not too much to do; a request without a key goes anywhere.</summary>
/// <remarks>
/// The table is of all members, so that a change of health moves the keys of that backend only: they walk on to the next that is eligible.
/// Bounded load (Mirrokni, Thorup, Zadimoghaddam 2016): nobody gets more than its share of what is in flight, times a factor.
/// </remarks>
internal sealed class HashPolicy<TWalk> : IBalancingPolicy, IPreparedPolicy
    where TWalk : struct, IHashWalk<TWalk>
{
    // With a bound of 1.25 a walk of more than a few steps is rare; beyond this the rest is taken in order.
    private const int LongestWalk = 128;

    private const double RoundingError = 1e-6;

    private const long NotAdded = -1;

    private readonly double _bound;

    /// <param name="bound">Times its share; 1 at least.</param>
    public HashPolicy(double bound)
    {
        // A whole number is often meant, and must not be rounded up to the next for a rounding error.
        _bound = bound * (1 - RoundingError);
    }

    public void Prepare(BackendGroup group) => TWalk.Prepare(group.Members);

    public int Pick(in PickContext context)
    {
        var hash = context.Hash ?? context.RandomBits();
        return TWalk.TryBegin(context.Candidates.Members, hash, out var walk) && TryWalk(context, walk, out var found) ? found : PickInOrder(context, hash);
    }

    // While the very first table is made, too: by the same key to the same one, as long as the same ones are well.
    private int PickInOrder(in PickContext context, ulong hash)
    {
        var count = context.Candidates.Count;
        var start = (int)(hash % (uint)count);
        var inFlight = NotAdded;
        for (var step = 0; step < count; step++)
        {
            var index = (start + step) % count;
            if (IsFit(context, index, ref inFlight))
            {
                return index;
            }
        }

        return start;
    }

    private bool TryWalk(in PickContext context, TWalk walk, out int index)
    {
        var inFlight = NotAdded;
        for (var step = 0; step < LongestWalk; step++)
        {
            index = context.Candidates.IndexOf(walk.Next());
            if (index >= 0 && IsFit(context, index, ref inFlight))
            {
                return true;
            }
        }

        index = -1;
        return false;
    }

    // One at least, however small the share; rounded up, so that anything below its part of the bound will do.
    private bool IsFit(in PickContext context, int index, ref long inFlight)
    {
        if (!context.CanTake(index))
        {
            return false;
        }

        var group = context.Candidates;
        var own = group.LoadAt(index).InFlight;
        if (own == 0)
        {
            return true;
        }

        // Once for all steps.
        inFlight = inFlight == NotAdded ? group.InFlight : inFlight;
        return own * (double)group.PerShareAt(index) * group.TotalShare < (inFlight + 1) * _bound;
    }
}
