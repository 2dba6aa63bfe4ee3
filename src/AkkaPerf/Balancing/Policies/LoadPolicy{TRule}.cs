using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>What policies have in common that compare candidates: all of them where they are few, else a sample.</summary>
/// <remarks>
/// Of those that come out alike the first is taken, counted from whose turn it is in a weighted round robin: the first in the list would get all
/// idle traffic, and a mere rotation would forget the weights.
/// </remarks>
internal sealed class LoadPolicy<TRule> : IScoringPolicy, IPreparedPolicy
    where TRule : struct, ILoadRule
{
    private static readonly Func<BackendGroup, WeightedOrder> BuildOrder = static group => WeightedOrder.Of(group);

    // Beyond this most of what is known of them is not in the cache.
    private const int Many = 1024;

    private readonly TRule _rule;
    private readonly int _all;
    private readonly int _sample;
    private uint _turn;

    /// <param name="rule">By what they are compared.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="all">Up to so many candidates all are compared.</param>
    /// <param name="sample">Else so many are drawn; 2 at least.</param>
    public LoadPolicy(TRule rule, uint start, int all, int sample)
    {
        _rule = rule;
        _turn = start;
        _all = all;
        _sample = sample;
    }

    public int Pick(in PickContext context) => context.Candidates.Count <= _all ? PickOfAll(context) : PickOfSample(context);

    public void Prepare(BackendGroup group)
    {
        if (group.Count <= _all)
        {
            group.Table(BuildOrder);
        }
        else
        {
            group.Table(WeightedDraw.Build);
        }
    }

    public double Score(in PickContext context, int index)
    {
        var standing = _rule.StandingOf(context, index);
        return standing.Time * standing.Load;
    }

    private int PickOfAll(in PickContext context)
    {
        var count = context.Candidates.Count;
        var start = context.Candidates.Table(BuildOrder).Take(ref _turn);
        var best = -1;
        var standing = default(Standing);
        for (var index = start; index < count; index++)
        {
            Consider(context, index, ref best, ref standing);
        }

        for (var index = 0; index < start; index++)
        {
            Consider(context, index, ref best, ref standing);
        }

        return best < 0 ? start : best;
    }

    // The first by share, so that the idle get their shares; the others at equal steps of random length from it, which makes any two
    // neighbours of the sample different and as likely as any other two, and costs one draw for all. Beyond two one may come twice.
    private int PickOfSample(in PickContext context)
    {
        var count = context.Candidates.Count;
        var dice = context.Dice();
        var first = context.Candidates.Table(WeightedDraw.Build).Next(ref dice);
        var step = 1 + dice.Next(count - 1);
        if (_sample > 2 && count > Many)
        {
            Touch(context.Candidates, first, step);
        }

        var best = -1;
        var standing = default(Standing);
        var index = first;
        for (var drawn = 0; drawn < _sample; drawn++)
        {
            Consider(context, index, ref best, ref standing);
            index += step;
            index = index < count ? index : index - count;
        }

        return best < 0 ? first : best;
    }

    // Of ten thousand hardly any is in the cache. All are asked for before the first comparison, whose outcome nobody can foresee: so they come
    // side by side, not one after the other.
    private void Touch(BackendGroup group, int first, int step)
    {
        var index = first;
        for (var drawn = 0; drawn < _sample; drawn++)
        {
            _ = group.BackendAt(index).InFlight;
            index += step;
            index = index < group.Count ? index : index - group.Count;
        }
    }

    private void Consider(in PickContext context, int index, ref int best, ref Standing bestStanding)
    {
        if (!context.CanTake(index))
        {
            return;
        }

        var standing = _rule.StandingOf(context, index);
        if (best < 0 || _rule.IsBetter(standing, bestStanding))
        {
            best = index;
            bestStanding = standing;
        }
    }
}
