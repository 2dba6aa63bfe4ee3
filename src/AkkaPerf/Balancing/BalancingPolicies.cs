using AkkaPerf.Balancing.Policies;

namespace AkkaPerf.Balancing;

/// <summary>The policies there are, by name.</summary>
public static class BalancingPolicies
{
    /// <summary>One after the other; weights do not matter.</summary>
    public const string RoundRobin = "round-robin";

    /// <summary>In turn, each as often as its weight says, evenly spread.</summary>
    public const string WeightedRoundRobin = "weighted-round-robin";

    /// <summary>The fewest in flight for its weight.</summary>
    public const string LeastConnections = "least-connections";

    /// <summary>Who will answer first, failures and what hangs considered; the default.</summary>
    public const string LeastResponseTime = "least-response-time";

    /// <summary>By chance, each as likely as its weight says.</summary>
    public const string Random = "random";

    /// <summary>The less loaded of two drawn by weight.</summary>
    public const string PowerOfTwoChoices = "power-of-two-choices";

    /// <summary>The same key to the same backend, by a ring.</summary>
    public const string ConsistentHash = "consistent-hash";

    /// <summary>The same key to the same backend, by Maglev's table: quicker, but a few more keys move when a backend comes or goes.</summary>
    public const string Maglev = "maglev";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [RoundRobin, WeightedRoundRobin, LeastConnections, LeastResponseTime, Random, PowerOfTwoChoices, ConsistentHash, Maglev];

    /// <summary>Makes a policy of its name; null if there is none of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">How it is set.</param>
    /// <param name="ticksPerSecond">Of the clock.</param>
    /// <param name="start">Where its first pick falls.</param>
    internal static IBalancingPolicy? Create(string name, BalancingOptions options, long ticksPerSecond, uint start) => name switch
    {
        RoundRobin => new RoundRobinPolicy(start),
        WeightedRoundRobin => new WeightedRoundRobinPolicy(start),
        LeastConnections => new LoadPolicy<FewestInFlight>(default, start, all: 64, sample: 8),
        LeastResponseTime => new LoadPolicy<SoonestAnswer>(new SoonestAnswer(ticksPerSecond), start, all: 8, sample: 2),
        Random => new RandomPolicy(),
        PowerOfTwoChoices => new LoadPolicy<FewestInFlight>(default, start, all: 8, sample: 2),
        ConsistentHash => new HashPolicy<RingWalk>(options.HashBalance),
        Maglev => new HashPolicy<MaglevWalk>(options.HashBalance),
        _ => null,
    };
}
