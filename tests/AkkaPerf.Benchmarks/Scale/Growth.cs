using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Scale;

/// <summary>What grows, and what of its cost is watched.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Axis">What there is more and more of.</param>
/// <param name="Rows">Every contender at every point.</param>
internal sealed record Growth(string Name, string Axis, IReadOnlyList<Row> Rows)
{
    /// <summary>A scenario a figure, so that each is a chart.</summary>
    public IEnumerable<Scenario> Scenarios() => Rows
        .SelectMany(static row => row.Figures.Keys)
        .Distinct()
        .Select(figure => new Scenario(
            $"{Name}: {figure}",
            Axis,
            [.. Rows.Where(row => row.Figures.ContainsKey(figure)).Select(row => row with { Figures = new Dictionary<string, Figure>(StringComparer.Ordinal) { [figure] = row.Figures[figure] } })]));
}
