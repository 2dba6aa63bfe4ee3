using AkkaPerf.Backends;
using AkkaPerf.Statistics;

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

    private readonly TRule _rule;
    private readonly int _all;
    private readonly int _sample;
    private Turn _turn;

    /// <param name="rule">By what they are compared.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="all">Up to so many candidates all are compared.</param>
    /// <param name="sample">Else so many are drawn; an even number, and no more than there are.</param>
    public LoadPolicy(TRule rule, uint start, int all, int sample)
    {
        _rule = rule;
        _turn = new Turn(start);
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

    public double Score(in PickContext context, int index) => _rule.CostOf(context.Candidates.Candidates[index], context.Now);

    private int PickOfAll(in PickContext context)
    {
        var group = context.Candidates;
        var first = group.Table(BuildOrder).Take(ref _turn);
        if (context.IsRestricted)
        {
            var best = BestThatCanTake(context, first, group.Count, best: -1);
            return best < 0 ? first : best;
        }

        return _rule.IsUnbeatable(group.Candidates[first]) ? first : _rule.BestOf(group, first, group.Count, context.Now);
    }

    // The first by share, so that the idle get their shares; the second run a random step away, which makes any two of them as likely as any
    // other two, and costs one draw for all. Neighbours lie side by side in memory, and to fetch them is what takes the time: of two runs of
    // four the better one counts, as of two choices.
    private int PickOfSample(in PickContext context)
    {
        var all = context.Candidates.Candidates;
        var (run, now) = (_sample / 2, context.Now);
        var bits = context.RandomBits();
        var first = context.Candidates.Table(WeightedDraw.Build).Of(bits);
        if (!context.IsRestricted && _rule.IsUnbeatable(all[first]))
        {
            return first;
        }

        var second = first + run + new Dice(bits).Next(all.Length - (2 * run) + 1);
        second = second < all.Length ? second : second - all.Length;
        if (context.IsRestricted)
        {
            var best = BestThatCanTake(context, second, run, BestThatCanTake(context, first, run, best: -1));
            return best < 0 ? first : best;
        }

        var one = run == 1 ? first : _rule.BestOf(context.Candidates, first, run, now);
        var other = run == 1 ? second : _rule.BestOf(context.Candidates, second, run, now);

        // A mask, since nobody can foresee it.
        var isOther = _rule.IsBetter(all[other], all[one], now) ? -1 : 0;
        return one ^ ((one ^ other) & isOther);
    }

    private int BestThatCanTake(in PickContext context, int first, int length, int best)
    {
        var all = context.Candidates.Candidates;
        var index = first;
        for (var left = length; left > 0; left--)
        {
            if (context.CanTake(index) && (best < 0 || _rule.IsBetter(all[index], all[best], context.Now)))
            {
                best = index;
            }

            index = index + 1 < all.Length ? index + 1 : 0;
        }

        return best;
    }
}
