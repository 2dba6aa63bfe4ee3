using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>By what a policy compares candidates. A struct, so that comparing costs no calls.</summary>
internal interface ILoadRule
{
    /// <summary>The best of neighbours, the first of those that are alike.</summary>
    /// <param name="group">All candidates.</param>
    /// <param name="first">Where the neighbours begin; they go on at the beginning when they come to the end.</param>
    /// <param name="length">How many they are; no more than all.</param>
    /// <param name="now">The timestamp of now.</param>
    int BestOf(BackendGroup group, int first, int length, long now);

    /// <summary>Whether none can be better: then nobody else needs to be looked at.</summary>
    bool IsUnbeatable(in Candidate candidate);

    /// <summary>Whether one is better than another.</summary>
    bool IsBetter(in Candidate one, in Candidate other, long now);

    /// <summary>What stands against a candidate, as one number.</summary>
    double CostOf(in Candidate candidate, long now);
}
