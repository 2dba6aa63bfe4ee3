using System.Globalization;
using AkkaPerf.Benchmarks.Results;
using ScottPlot;

namespace AkkaPerf.Benchmarks.Charts;

/// <summary>A bar a contender, the least at the top.</summary>
internal static class BarChart
{
    private const int Width = 900;
    private const int Frame = 130;
    private const int Bar = 34;

    // For the number behind the longest.
    private const double Room = 0.12;

    public static Chart Of(Scenario scenario, DateOnly date)
    {
        var figure = scenario.Rows.First(static row => row.Figures.Count > 0).Figures.First();
        var rows = scenario.Rows
            .Where(row => row.Figures.TryGetValue(figure.Key, out var found) && double.IsFinite(found.Median))
            .OrderByDescending(row => row.Figures[figure.Key].Median)
            .ToArray();
        var plot = ChartStyle.CreatePlot(scenario.Name);
        var bars = plot.Add.Bars(rows.Select((row, i) => new Bar
        {
            Position = i,
            Value = row.Figures[figure.Key].Median,
            Label = ChartStyle.Number(row.Figures[figure.Key].Median),
            FillColor = ChartStyle.IsOurs(row.Contender) ? ChartStyle.Own : ChartStyle.Quiet,
            LineWidth = 0,
            Size = 0.7,
        }).ToArray());
        bars.Horizontal = true;
        plot.Axes.Left.SetTicks([.. rows.Select(static (_, i) => (double)i)], [.. rows.Select(static row => row.Contender)]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.Left.TickLabelStyle.FontSize = 13;
        plot.Grid.YAxisStyle.IsVisible = false;
        plot.XLabel(string.Create(CultureInfo.InvariantCulture, $"{ChartStyle.Label(figure.Key, figure.Value.Unit)} (median, {date:yyyy-MM-dd})"));
        plot.Axes.SetLimits(0, rows.Max(row => row.Figures[figure.Key].Median) * (1 + Room), -0.6, rows.Length - 0.4);
        return new Chart(plot, Width, Frame + (Bar * rows.Length));
    }
}
