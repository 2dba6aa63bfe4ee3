namespace AkkaPerf.Benchmarks.Results;

/// <summary>A figure over all rounds.</summary>
internal sealed record Figure(double Median, double Least, double Most, string Unit)
{
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Figure Of(IEnumerable<double> rounds, string unit)
    {
        var sorted = rounds.Order().ToArray();
        return sorted.Length == 0
            ? throw new ArgumentException("A figure needs a round at least.", nameof(rounds))
            : new Figure(sorted[sorted.Length / 2], sorted[0], sorted[^1], unit);
    }
}
