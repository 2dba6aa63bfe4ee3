namespace AkkaPerf.Balancing.Policies;

/// <summary>The fewest exchanges in flight for its share: least connections, of all or of a sample, and power of two choices.</summary>
internal readonly struct FewestInFlight : ILoadRule
{
    public Standing StandingOf(in PickContext context, int index) =>
        new(Time: 1, context.Candidates.BackendAt(index).InFlight * context.Candidates.PerShareAt(index));

    public bool IsBetter(in Standing one, in Standing best) => one.Load < best.Load;
}
