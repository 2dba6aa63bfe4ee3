namespace AkkaPerf.Benchmarks.Micro;

/// <summary>What there is to measure; made when it is wanted.</summary>
internal static class MicroCatalogue
{
    public static IReadOnlyList<(string Name, Func<MicroBench, MicroScenario> Create)> All { get; } =
    [
        ("miss-yield", MissScenarios.YieldingOnce),
        ("miss-at-once", MissScenarios.AtOnce),
        ("hit", HitScenario.Create),
        ("throttle-yield", ThrottleScenarios.YieldingOnce),
        ("throttle-at-once", ThrottleScenarios.AtOnce),
        ("refusal", RefusalScenario.Create),
        ("retry", RetryScenario.Create),
        ("pick", PickScenario.Create),
    ];
}
