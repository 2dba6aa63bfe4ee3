using System.Diagnostics.Metrics;

namespace AkkaPerf.Telemetry;

/// <summary>What an instrument reads from its sources in one collection; what has the same tags is one series.</summary>
internal sealed class Readings
{
    private readonly Dictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly bool _adds;
    private string _source = "";

    /// <param name="adds">Whether figures of one series add up; else the last counts.</param>
    public Readings(bool adds) => _adds = adds;

    /// <summary>Whose figures follow.</summary>
    public void Begin(string source) => _source = source;

    /// <summary>Takes one figure of the source, with one more tag, or two.</summary>
    public void Add(double value, string? tag = null, string? tagValue = null, string? secondTag = null, string? secondValue = null)
    {
        // A tab is in no name of a pipeline or backend that would otherwise be mistaken for another.
        var key = $"{_source}\t{tagValue}\t{secondValue}";
        if (_series.TryGetValue(key, out var series))
        {
            series.Value = _adds ? series.Value + value : value;
            return;
        }

        var tags = new List<KeyValuePair<string, object?>>(3) { new(Tags.Pipeline, _source) };
        if (tag is not null)
        {
            tags.Add(new(tag, tagValue));
        }

        if (secondTag is not null)
        {
            tags.Add(new(secondTag, secondValue));
        }

        _series.Add(key, new Series(_source, [.. tags]) { Value = value });
    }

    /// <summary>Adds the figures of one source to what they had been.</summary>
    public void AddAll(Readings others)
    {
        foreach (var (key, other) in others._series)
        {
            if (_series.TryGetValue(key, out var series))
            {
                series.Value += other.Value;
            }
            else
            {
                _series.Add(key, new Series(other.Source, other.Tags) { Value = other.Value });
            }
        }
    }

    /// <summary>Forgets what a source had.</summary>
    public void Forget(string source)
    {
        foreach (var key in _series.Where(item => item.Value.Source == source).Select(static item => item.Key).ToArray())
        {
            _series.Remove(key);
        }
    }

    public IEnumerable<Measurement<long>> ToCounts() => _series.Values.Select(static series => new Measurement<long>((long)series.Value, series.Tags));

    public IEnumerable<Measurement<double>> ToFigures() => _series.Values.Select(static series => new Measurement<double>(series.Value, series.Tags));

    private sealed class Series(string source, KeyValuePair<string, object?>[] tags)
    {
        public string Source => source;

        public KeyValuePair<string, object?>[] Tags => tags;

        public double Value { get; set; }
    }
}
