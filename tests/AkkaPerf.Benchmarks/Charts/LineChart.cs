using System.Globalization;
using AkkaPerf.Benchmarks.Results;
using ScottPlot;

namespace AkkaPerf.Benchmarks.Charts;

/// <summary>A line a contender, over what grows.</summary>
internal static class LineChart
{
    private const int Width = 1_000;
    private const int Height = 480;

    // A legend's line.
    private const int Line = 22;

    public static Chart Of(Scenario scenario, DateOnly date)
    {
        var figure = scenario.Rows.First(static row => row.Figures.Count > 0).Figures.First();
        var lines = scenario.Rows
            .Where(row => row.X is not null && row.Figures.TryGetValue(figure.Key, out var found) && double.IsFinite(found.Median))
            .GroupBy(static row => row.Contender)
            .Select(line => (Contender: line.Key, Points: line.Select(row => (X: row.X!.Value, Y: row.Figures[figure.Key].Median)).OrderBy(static point => point.X).ToArray()))
            .ToArray();
        var x = new Scale(lines.SelectMany(static line => line.Points).Select(static point => point.X), mayBeLogarithmic: true);
        var y = new Scale(lines.SelectMany(static line => line.Points).Select(static point => point.Y), mayBeLogarithmic: !figure.Value.Unit.StartsWith('%'));
        var colors = ChartStyle.ColorsOf(lines.Select(static line => line.Contender));
        var plot = ChartStyle.CreatePlot(scenario.Name);

        // Ours last, in front.
        foreach (var (contender, points) in lines.OrderBy(static line => ChartStyle.IsOurs(line.Contender)))
        {
            var line = plot.Add.Scatter(points.Select(point => x.Place(point.X)).ToArray(), points.Select(point => y.Place(point.Y)).ToArray());
            line.LegendText = contender;
            line.Color = colors[contender];
            line.LineWidth = ChartStyle.IsOurs(contender) ? 3 : 1.5f;
            line.MarkerSize = ChartStyle.IsOurs(contender) ? 9 : 6;
        }

        plot.Axes.Bottom.SetTicks([.. x.TicksAtPoints().Select(x.Place)], [.. x.TicksAtPoints().Select(ChartStyle.Number)]);
        plot.Axes.Left.SetTicks([.. y.Ticks().Select(y.Place)], [.. y.Ticks().Select(ChartStyle.Number)]);
        plot.XLabel(string.Create(CultureInfo.InvariantCulture, $"{scenario.Axis}{x.Note} (medians, {date:yyyy-MM-dd})"));
        plot.YLabel(ChartStyle.Label(figure.Key, figure.Value.Unit) + y.Note);
        plot.Axes.SetLimits(x.Least - (x.Span * 0.04), x.Most + (x.Span * 0.04), y.Least - (y.IsLogarithmic ? y.Span * 0.05 : 0), y.Most + (y.Span * 0.05));
        plot.ShowLegend(Edge.Right);
        return new Chart(plot, Width, Math.Max(Height, 120 + (Line * lines.Length)));
    }
}
