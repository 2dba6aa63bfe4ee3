namespace AkkaPerf.Benchmarks.Micro;

/// <summary>One thing that all contenders do.</summary>
internal sealed record MicroScenario(string Name, string Axis, IReadOnlyList<MicroPoint> Points)
{
    private static readonly int[] Callers = [1, 8, 64, 1_000];

    /// <summary>The same contenders with 1, 8, 64 and 1,000 callers.</summary>
    public static MicroScenario ByCallers(string name, params IReadOnlyList<Work> works) =>
        new(name, "callers", [.. Callers.Select(callers => new MicroPoint(callers, callers, works))]);
}
