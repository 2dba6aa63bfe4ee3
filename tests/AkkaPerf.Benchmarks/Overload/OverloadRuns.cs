using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Overload;

/// <summary>All rounds of all contenders at all loads.</summary>
internal sealed class OverloadRuns
{
    private readonly List<Run> _runs = [];

    /// <param name="contender">Who.</param>
    /// <param name="load">To capacity.</param>
    /// <param name="capacity">Answers a second.</param>
    /// <param name="unloadedP99">Of the server by itself, hardly asked, in ms.</param>
    /// <param name="figures">What became of the requests.</param>
    public void Add(string contender, double load, double capacity, double unloadedP99, LoadFigures figures) =>
        _runs.Add(new Run(contender, load, capacity, unloadedP99, figures));

    /// <summary>A row a load and contender that was measured at it. The first load is what a served request costs.</summary>
    public IReadOnlyList<Row> Rows(IReadOnlyList<double> loads)
    {
        var names = _runs.Select(static run => run.Contender).Distinct().ToArray();
        return [.. loads.SelectMany(load => names.Where(name => _runs.Exists(run => run.Contender == name && run.Load == load)).Select(name => new Row(name, load, FiguresOf(name, load, loads[0]))))];
    }

    private Dictionary<string, Figure> FiguresOf(string name, double load, double light)
    {
        var runs = _runs.Where(run => run.Contender == name && run.Load == load).ToArray();
        var served = Figure.Of(_runs.Where(run => run.Contender == name && run.Load == light).Select(static run => run.Figures.Cpu.TotalMicroseconds / run.Figures.Latencies.Length), "µs");
        var figures = new Dictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["goodput"] = Figure.Of(runs.Select(static run => 100 * run.Figures.Goodput / run.Capacity), "% of capacity"),
            ["p50"] = Figure.Of(runs.Select(static run => run.Figures.Quantile(0.5)), "ms"),
            ["p99"] = Figure.Of(runs.Select(static run => run.Figures.Quantile(0.99)), "ms"),
            ["p99 to unloaded"] = Figure.Of(runs.Select(static run => run.Figures.Quantile(0.99) / run.UnloadedP99), ""),
            ["refused"] = Figure.Of(runs.Select(static run => 100.0 * run.Figures.Refused / run.Figures.Arrived), "%"),
            ["late"] = Figure.Of(runs.Select(static run => 100.0 * run.Figures.Late / run.Figures.Arrived), "%"),
            ["arrivals"] = Figure.Of(runs.Select(static run => run.Figures.Arrived / run.Figures.Seconds), "1/s"),
        };

        // A few refusals tell nothing of their cost.
        if (load > 1 && runs.All(static run => run.Figures.Refused > run.Figures.Arrived / 10))
        {
            figures["CPU a refusal"] = Figure.Of(
                runs.Select(run => (run.Figures.Cpu.TotalMicroseconds - (run.Figures.Latencies.Length * served.Median)) / run.Figures.Refused), "µs");
        }

        return figures;
    }

    private sealed record Run(string Contender, double Load, double Capacity, double UnloadedP99, LoadFigures Figures);
}
