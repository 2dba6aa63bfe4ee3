using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Musts;

/// <summary>Where a figure stands in a suite's results.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="Contender">Whose.</param>
/// <param name="Figure">Which.</param>
/// <param name="X">At which point of the axis; null where there is none.</param>
internal sealed record FigureAt(string Scenario, string Contender, string Figure, double? X = null)
{
    /// <summary>Its median; null if it was not measured.</summary>
    public double? Find(IEnumerable<Scenario> scenarios) => scenarios
        .Where(scenario => scenario.Name == Scenario)
        .SelectMany(static scenario => scenario.Rows)
        .Where(row => row.Contender == Contender && row.X == X)
        .Select(row => row.Figures.TryGetValue(Figure, out var figure) && double.IsFinite(figure.Median) ? figure.Median : (double?)null)
        .FirstOrDefault();
}
