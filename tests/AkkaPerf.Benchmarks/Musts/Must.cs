using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Musts;

/// <summary>What the project demands of a figure of its own.</summary>
/// <param name="Demand">What, for people; the bound is put behind it.</param>
/// <param name="Measured">The figure.</param>
/// <param name="Bound">In <paramref name="Unit"/>.</param>
/// <param name="Unit">The figure's; empty for a ratio.</param>
internal sealed record Must(string Demand, FigureAt Measured, double Bound, string Unit = "")
{
    /// <summary>What it is divided by; null if it counts by itself.</summary>
    public FigureAt? DividedBy { get; init; }

    /// <summary>What is taken from it; null if it counts by itself.</summary>
    public FigureAt? Less { get; init; }

    /// <summary>Whether the bound is the least, not the most.</summary>
    public bool IsLeast { get; init; }

    /// <summary>What was measured, and whether it holds; nothing is said of either if a figure is missing.</summary>
    public Verdict Judge(IReadOnlyList<Scenario> scenarios)
    {
        var measured = Measured.Find(scenarios);
        if (DividedBy is not null)
        {
            measured /= DividedBy.Find(scenarios);
        }

        if (Less is not null)
        {
            measured -= Less.Find(scenarios);
        }

        var bound = FormattableString.Invariant($"{(IsLeast ? "≥" : "≤")} {Bound:#,0.###} {Unit}").TrimEnd();
        bool? holds = measured is { } value ? IsLeast ? value >= Bound : value <= Bound : null;
        return new Verdict($"{Demand}: {bound}", measured, Unit, holds);
    }
}
