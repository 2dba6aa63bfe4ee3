using System.Text;
using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Musts;

/// <summary>Verdicts for people, as a Markdown table.</summary>
internal static class VerdictTable
{
    /// <summary>Of a suite's results, without what a run of a part has not measured.</summary>
    public static string Markdown(IEnumerable<Verdict> verdicts, bool isWhole)
    {
        var text = new StringBuilder("| must | measured | holds |\n|---|---:|---|\n");
        foreach (var (must, measured, unit, holds) in verdicts.Where(verdict => isWhole || verdict.Measured is not null))
        {
            var value = measured is { } number ? $"{ResultTable.Number(number)} {unit}".TrimEnd() : "not measured";
            text.Append("| ").Append(must).Append(" | ").Append(value).Append(" | ").Append(holds is { } it ? it ? "yes" : "NO" : "–").Append(" |\n");
        }

        return text.ToString();
    }
}
