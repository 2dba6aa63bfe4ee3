using System.Globalization;
using System.Text;

namespace AkkaPerf.Benchmarks.Results;

/// <summary>Results for people: a Markdown table a scenario.</summary>
internal static class ResultTable
{
    public static string Markdown(Scenario scenario)
    {
        var names = scenario.Rows.SelectMany(static row => row.Figures.Keys).Distinct().ToArray();
        var units = names.ToDictionary(name => name, name => scenario.Rows.First(row => row.Figures.ContainsKey(name)).Figures[name].Unit);
        var text = new StringBuilder($"### {scenario.Name}\n\n|");
        text.Append(scenario.Axis is { } axis ? $" {axis} | contender |" : " contender |");
        text.AppendJoin("", names.Select(name => units[name].Length == 0 ? $" {name} |" : $" {name}, {units[name]} |")).Append("\n|");
        text.Append(scenario.Axis is null ? "---|" : "---:|---|").Insert(text.Length, "---:|", names.Length).Append('\n');
        foreach (var row in scenario.Rows)
        {
            text.Append("| ").Append(row.X is { } x ? $"{x.ToString("#,0.##", CultureInfo.InvariantCulture)} | " : "").Append(row.Contender).Append(" |");
            text.AppendJoin("", names.Select(name => row.Figures.TryGetValue(name, out var figure) ? $" {Number(figure.Median)} |" : " |")).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Three digits that count, as many as noise leaves.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        double.NaN or double.PositiveInfinity => "–",
        0 => "0",
        < 1 => value.ToString("0.00#", CultureInfo.InvariantCulture),
        < 10 => value.ToString("0.0#", CultureInfo.InvariantCulture),
        < 100 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("N0", CultureInfo.InvariantCulture),
    };
}
