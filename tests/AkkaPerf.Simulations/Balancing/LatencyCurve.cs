namespace AkkaPerf.Simulations.Balancing;

/// <summary>Draws latencies from quantiles, straight lines between them.</summary>
internal sealed class LatencyCurve
{
    private readonly (double Quantile, double Milliseconds)[] _points;

    public LatencyCurve(params (double Quantile, double Milliseconds)[] points) => _points = points;

    /// <summary>What Finagle's simulator replays, as its quantiles: a median of 167 ms, hardly any spread.</summary>
    public static LatencyCurve Steady { get; } = new(
        (0, 164.09), (0.01, 164.90), (0.10, 165.78), (0.50, 167.48), (0.75, 170.26), (0.90, 176.70), (0.95, 181.72), (0.99, 192.31), (0.999, 198.82), (1, 199.99));

    /// <summary>A long tail: a median of 10 ms, one in a hundred takes ten times that, one in a thousand forty times.</summary>
    public static LatencyCurve Tailed { get; } = new((0, 4), (0.1, 6), (0.5, 10), (0.9, 25), (0.99, 100), (0.999, 400), (1, 600));

    public TimeSpan Draw(Random random)
    {
        var quantile = random.NextDouble();
        var i = 1;
        while (_points[i].Quantile < quantile)
        {
            i++;
        }

        var (from, to) = (_points[i - 1], _points[i]);
        var part = (quantile - from.Quantile) / (to.Quantile - from.Quantile);
        return TimeSpan.FromMilliseconds(from.Milliseconds + (part * (to.Milliseconds - from.Milliseconds)));
    }
}
