namespace AkkaPerf.Balancing.Policies;

/// <summary>Picks the less loaded of two different backends, drawn by share; looks at all of them up to eight.</summary>
internal sealed class PowerOfTwoChoicesPolicy(uint start) : LoadPolicy(start, all: 8, sample: 2)
{
    protected override Standing StandingOf(in PickContext context, int index)
    {
        var status = context.Candidates[index];
        return new Standing(Time: 1, (double)status.Backend.InFlight / status.Share);
    }
}
