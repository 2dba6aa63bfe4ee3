using System.Text.RegularExpressions;
using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Charts;

/// <summary>Draws the newest results of each suite: a chart a scenario, of its first figure.</summary>
internal static partial class ChartsCommand
{
    private const int LongestName = 80;

    /// <summary><c>png</c> as an argument draws them as pictures, to be looked at; by default they are SVG.</summary>
    public static int Run(string[] args)
    {
        var isPng = args.Contains("png", StringComparer.Ordinal);
        var folder = Directory.CreateDirectory(Path.Combine(ResultFile.Folder, "charts")).FullName;
        foreach (var result in ResultFile.Newest())
        {
            foreach (var scenario in result.Scenarios.Where(static scenario => scenario.Rows.Any(static row => row.Figures.Count > 0)))
            {
                var chart = scenario.Axis is null ? BarChart.Of(scenario, result.Date) : LineChart.Of(scenario, result.Date);
                var file = Path.Combine(folder, FileName(result.Suite, scenario.Name) + (isPng ? ".png" : ".svg"));
                if (isPng)
                {
                    chart.Plot.SavePng(file, chart.Width, chart.Height);
                }
                else
                {
                    chart.Plot.SaveSvg(file, chart.Width, chart.Height);
                }

                Console.WriteLine(file);
            }
        }

        return 0;
    }

    private static string FileName(string suite, string scenario)
    {
        var name = $"{suite}-{NoName().Replace(scenario.ToUpperInvariant(), "-").Trim('-')}".ToLowerInvariant();
        return name[..Math.Min(name.Length, LongestName)].Trim('-');
    }

    [GeneratedRegex("[^A-Z0-9]+", RegexOptions.None, 1000)]
    private static partial Regex NoName();
}
