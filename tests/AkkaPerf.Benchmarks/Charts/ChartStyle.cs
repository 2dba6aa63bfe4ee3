using System.Globalization;
using ScottPlot;

namespace AkkaPerf.Benchmarks.Charts;

/// <summary>What all charts look like: ours in blue, in front; the others in quieter colours.</summary>
internal static class ChartStyle
{
    private const int TitleWidth = 80;
    private const int LabelSize = 14;

    // A wide one: where another is taken for it, nothing is cut off.
    private const string Font = "DejaVu Sans";

    private static readonly string[] Ours = ["#0b5fa5", "#3f9be0", "#062f55", "#72bdf0", "#1d7bc9", "#0a4478", "#98d2f7", "#5a6ff0"];
    private static readonly string[] Others = ["#d9642c", "#6a9f3a", "#8f5bb5", "#b8860b", "#c2477f", "#5f6b76", "#2a9d8f", "#a4432f", "#9aa5ad"];

    public static Color Quiet { get; } = Color.FromHex("#9aa5ad");

    public static Color Own { get; } = Color.FromHex(Ours[0]);

    public static bool IsOurs(string contender) => contender.StartsWith("AkkaPerf", StringComparison.Ordinal);

    /// <summary>A colour each.</summary>
    public static IReadOnlyDictionary<string, Color> ColorsOf(IEnumerable<string> contenders)
    {
        var (ours, others) = (0, 0);
        return contenders.ToDictionary(
            static contender => contender,
            contender => Color.FromHex(IsOurs(contender) ? Ours[ours++ % Ours.Length] : Others[others++ % Others.Length]),
            StringComparer.Ordinal);
    }

    public static Plot CreatePlot(string title)
    {
        var plot = new Plot();
        plot.Font.Set(Font);
        plot.Title(Wrap(title), size: 16);

        // Over the figure, not over what the names leave of it.
        plot.Axes.Title.FullFigureCenter = true;
        plot.Axes.Bottom.Label.FontSize = plot.Axes.Left.Label.FontSize = LabelSize;
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.OutlineColor = Colors.Transparent;
        plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.12);
        return plot;
    }

    /// <summary>A figure with its unit, for an axis.</summary>
    public static string Label(string figure, string unit) => unit.Length == 0 ? figure : $"{figure}, {unit}";

    public static string Number(double value) => Math.Abs(value) switch
    {
        >= 1_000_000 => value.ToString("0.##,,", CultureInfo.InvariantCulture) + " M",
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    private static string Wrap(string title)
    {
        var at = title.Length <= TitleWidth ? -1 : title.LastIndexOf(' ', TitleWidth);
        return at < 0 ? title : title[..at] + "\n" + Wrap(title[(at + 1)..]);
    }
}
