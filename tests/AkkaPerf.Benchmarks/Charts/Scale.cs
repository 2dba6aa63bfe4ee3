namespace AkkaPerf.Benchmarks.Charts;

/// <summary>Where values stand on an axis: in proportion, or by their magnitude where they differ by more than an eye can tell.</summary>
internal sealed class Scale
{
    private const double FarApart = 10;

    // The part of an axis that a label takes.
    private const double LabelWidth = 0.05;

    private static readonly double[] Fine = [1, 2, 5];
    private static readonly double[] Coarse = [1];

    private readonly double[] _values;

    public Scale(IEnumerable<double> values, bool mayBeLogarithmic)
    {
        _values = [.. values.Distinct().Order()];
        IsLogarithmic = mayBeLogarithmic && _values[0] > 0 && _values[^1] / _values[0] >= FarApart;
        (Least, Most) = IsLogarithmic ? (Math.Log10(_values[0]), Math.Log10(_values[^1])) : (Math.Min(0, _values[0]), _values[^1]);
        if (Span == 0)
        {
            Most++;
        }
    }

    public bool IsLogarithmic { get; }

    /// <summary>The least value's place.</summary>
    public double Least { get; }

    /// <summary>The greatest value's place.</summary>
    public double Most { get; }

    public double Span => Most - Least;

    /// <summary>What a reader must be told.</summary>
    public string Note => IsLogarithmic ? " (log)" : "";

    public double Place(double value) => IsLogarithmic ? Math.Log10(value) : value;

    /// <summary>At the values themselves, as far as their labels have room.</summary>
    public IEnumerable<double> TicksAtPoints()
    {
        var last = double.NegativeInfinity;
        foreach (var value in _values)
        {
            if (Place(value) - last >= Span * LabelWidth)
            {
                last = Place(value);
                yield return value;
            }
        }
    }

    /// <summary>At round values.</summary>
    public IEnumerable<double> Ticks()
    {
        if (IsLogarithmic)
        {
            var digits = Span < 3 ? Fine : Coarse;
            return from power in Enumerable.Range((int)Math.Floor(Least), (int)Math.Ceiling(Most) - (int)Math.Floor(Least) + 1)
                   from digit in digits
                   let tick = digit * Math.Pow(10, power)
                   where Place(tick) >= Least - (Span * 0.05) && Place(tick) <= Most + (Span * 0.05)
                   select tick;
        }

        var rough = Span / 5;
        var unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = unit * Fine.Append(10).First(digit => digit * unit >= rough);
        return Enumerable.Range(0, (int)(Span * 1.05 / step) + 1).Select(i => Math.Ceiling(Least / step) * step + (i * step));
    }
}
