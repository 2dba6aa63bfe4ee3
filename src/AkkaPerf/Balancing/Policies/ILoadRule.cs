namespace AkkaPerf.Balancing.Policies;

/// <summary>By what a policy compares candidates. A struct, so that comparing costs no calls.</summary>
internal interface ILoadRule
{
    /// <summary>What is compared.</summary>
    Standing StandingOf(in PickContext context, int index);

    /// <summary>Whether one is better than the best so far.</summary>
    bool IsBetter(in Standing one, in Standing best);
}
