using System.Diagnostics.Metrics;

namespace AkkaPerf.Telemetry;

/// <summary>Instruments over everything of one kind that runs now: read when somebody collects, and only then.</summary>
/// <remarks>
/// Sources of one name are one series, as when a pipeline takes over from another: their figures add up, and what the one that goes has counted
/// stays counted, so that no counter falls. Once the last of a name has gone the name is no longer reported. Any thread.
/// </remarks>
internal sealed class InstrumentSet<TSource>
    where TSource : class
{
    private readonly Lock _gate = new();
    private readonly Meter _meter;
    private readonly Func<TSource, string> _nameOf;

    // Guarded by the gate, both.
    private readonly List<TSource> _sources = [];
    private readonly List<(Action<TSource, Readings> Read, Readings Gone)> _counters = [];

    public InstrumentSet(Meter meter, Func<TSource, string> nameOf)
    {
        _meter = meter;
        _nameOf = nameOf;
    }

    /// <summary>Reports a source from now on.</summary>
    public void Add(TSource source)
    {
        lock (_gate)
        {
            _sources.Add(source);
        }
    }

    /// <summary>Reports a source no longer, and lets go of it; false if it was not reported.</summary>
    public bool Remove(TSource source)
    {
        lock (_gate)
        {
            if (!_sources.Remove(source))
            {
                return false;
            }

            var name = _nameOf(source);
            var isLast = !_sources.Exists(other => _nameOf(other) == name);
            foreach (var (read, gone) in _counters)
            {
                if (isLast)
                {
                    gone.Forget(name);
                }
                else
                {
                    gone.AddAll(Read(read, [source], adds: true));
                }
            }

            return true;
        }
    }

    /// <summary>A count that never falls.</summary>
    public void Counter(string name, string unit, string description, Action<TSource, Readings> read)
    {
        var gone = new Readings(adds: true);
        lock (_gate)
        {
            _counters.Add((read, gone));
        }

        _meter.CreateObservableCounter(name, () => ReadCounter(read, gone), unit, description);
    }

    /// <summary>A number of things that are there now, and can be added up.</summary>
    /// <param name="name">The instrument's.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="description">What it is.</param>
    /// <param name="read">What a source has.</param>
    /// <param name="others">What is there beside the sources; null for nothing.</param>
    public void Number(string name, string unit, string description, Action<TSource, Readings> read, Action<Readings>? others = null) =>
        _meter.CreateObservableUpDownCounter(name, () => ReadAll(read, adds: true, others).ToCounts(), unit, description);

    /// <summary>A limit or a state, which two sources of one name do not have twice: the younger one's. Other names' can be added up.</summary>
    public void Level(string name, string unit, string description, Action<TSource, Readings> read) =>
        _meter.CreateObservableUpDownCounter(name, () => ReadAll(read, adds: false).ToCounts(), unit, description);

    /// <summary>A figure that cannot be added up; of two sources of one name the younger one's.</summary>
    public void Gauge(string name, string unit, string description, Action<TSource, Readings> read) =>
        _meter.CreateObservableGauge(name, () => ReadAll(read, adds: false).ToFigures(), unit, description);

    private Measurement<long>[] ReadCounter(Action<TSource, Readings> read, Readings gone)
    {
        lock (_gate)
        {
            var readings = Read(read, _sources, adds: true);
            readings.AddAll(gone);
            return [.. readings.ToCounts()];
        }
    }

    private Readings ReadAll(Action<TSource, Readings> read, bool adds, Action<Readings>? others = null)
    {
        lock (_gate)
        {
            var readings = Read(read, _sources, adds);
            others?.Invoke(readings);
            return readings;
        }
    }

    private Readings Read(Action<TSource, Readings> read, List<TSource> sources, bool adds)
    {
        var readings = new Readings(adds);
        foreach (var source in sources)
        {
            readings.Begin(_nameOf(source));
            read(source, readings);
        }

        return readings;
    }
}
