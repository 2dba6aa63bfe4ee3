using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>What policies have in common that compare candidates: all of them where they are few, else a sample drawn by share.</summary>
/// <remarks>
/// Of those that come out alike the first is taken, counted from whose turn it is in a weighted round robin: the first in the list would get all
/// idle traffic, and a mere rotation would forget the weights.
/// </remarks>
internal abstract class LoadPolicy : IScoringPolicy
{
    private static readonly Func<BackendGroup, WeightedOrder> BuildOrder = static group => WeightedOrder.Of(group);

    private readonly int _all;
    private readonly int _sample;
    private uint _turn;

    /// <param name="start">Where to begin.</param>
    /// <param name="all">Up to so many candidates all are compared.</param>
    /// <param name="sample">Else so many are drawn.</param>
    protected LoadPolicy(uint start, int all, int sample)
    {
        _turn = start;
        _all = all;
        _sample = sample;
    }

    public int Pick(in PickContext context) => context.Candidates.Count <= _all ? PickOfAll(context) : PickOfSample(context);

    public double Score(in PickContext context, int index)
    {
        var standing = StandingOf(context, index);
        return standing.Time * standing.Load;
    }

    /// <summary>What is compared.</summary>
    protected abstract Standing StandingOf(in PickContext context, int index);

    /// <summary>Whether one is better than the best so far.</summary>
    protected virtual bool IsBetter(in Standing one, in Standing best) => one.Load < best.Load;

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

    private int PickOfSample(in PickContext context)
    {
        var draw = context.Candidates.Table(WeightedDraw.Build);
        var first = draw.Next(context);
        var best = -1;
        var standing = default(Standing);
        Consider(context, first, ref best, ref standing);
        for (var drawn = 1; drawn < _sample; drawn++)
        {
            Consider(context, draw.NextBut(first, context), ref best, ref standing);
        }

        return best < 0 ? first : best;
    }

    private void Consider(in PickContext context, int index, ref int best, ref Standing bestStanding)
    {
        if (!context.CanTake(index))
        {
            return;
        }

        var standing = StandingOf(context, index);
        if (best < 0 || IsBetter(standing, bestStanding))
        {
            best = index;
            bestStanding = standing;
        }
    }
}
