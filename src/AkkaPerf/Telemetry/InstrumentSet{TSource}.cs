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

    /// <summary>Reports a source no longer, and lets go of it.</summary>
    public void Remove(TSource source)
    {
        lock (_gate)
        {
            if (!_sources.Remove(source))
            {
                return;
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
    public void Number(string name, string unit, string description, Action<TSource, Readings> read) =>
        _meter.CreateObservableUpDownCounter(name, () => ReadAll(read, adds: true).ToCounts(), unit, description);

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

    private Readings ReadAll(Action<TSource, Readings> read, bool adds)
    {
        lock (_gate)
        {
            return Read(read, _sources, adds);
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
