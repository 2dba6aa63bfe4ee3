using AkkaPerf.Balancing;
using AkkaPerf.Benchmarks.Balancing;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>A backend found by every policy, here and in YARP; ours are also told how it went, and keep what health wants to know.</summary>
internal static class PickScenario
{
    private const int Requests = 100_000;

    private static readonly int[] Sizes = [10, 1_000];

    public static MicroScenario Create(MicroBench bench)
    {
        var policies = YarpFleet.Policies(bench);
        return new MicroScenario("pick: 64 in flight", "backends", [.. Sizes.Select(size => new MicroPoint(size, 1,
        [
            .. BalancingPolicies.Names.Select(name => Ours(size, name)),
            .. policies.Select(policy => Theirs(new YarpFleet(size, policy), "YARP " + policy.Name)),
            Work.Of("nothing: the loop itself", Requests, static _ => new ValueTask<string>("backend-"), static (_, _) => true),
        ]))]);
    }

    private static Work Ours(int size, string policy)
    {
        var fleet = new Fleet(size, policy);
        return Work.Of("AkkaPerf " + policy, Requests, i => new ValueTask<string>(fleet.Pick(i).Id), IsBackend);
    }

    private static Work Theirs(YarpFleet fleet, string name) =>
        Work.Of(name, Requests, _ => new ValueTask<string>(fleet.Pick().DestinationId), IsBackend);

    private static bool IsBackend(int i, string id) => id.StartsWith("backend-", StringComparison.Ordinal);
}
