namespace AkkaPerf.Balancing.Policies;

/// <summary>Picks the backend with the fewest exchanges in flight for its share: of all up to 64, beyond of eight drawn by share.</summary>
internal sealed class LeastConnectionsPolicy(uint start) : LoadPolicy(start, all: 64, sample: 8)
{
    protected override Standing StandingOf(in PickContext context, int index)
    {
        var status = context.Candidates[index];
        return new Standing(Time: 1, (double)status.Backend.InFlight / status.Share);
    }
}
