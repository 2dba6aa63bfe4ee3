using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Tests.Telemetry;

/// <summary>Listens to the instruments of one test's meters and keeps the figures by series, written as <c>name{tag=value, …}</c>.</summary>
internal sealed class MeterReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _observed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentBag<double>> _recorded = new(StringComparer.Ordinal);

    public MeterReader(TestMeters meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters))
            {
                Assert.Equal(AkkaPerfTelemetry.MeterName, instrument.Meter.Name);
                Instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    /// <summary>What the observable instruments say now.</summary>
    public IReadOnlyDictionary<string, double> Observe()
    {
        _observed.Clear();
        _listener.RecordObservableInstruments();
        return new Dictionary<string, double>(_observed, StringComparer.Ordinal);
    }

    /// <summary>What one of them says now; zero if it has no such series.</summary>
    public double Observe(string series) => Observe().GetValueOrDefault(series);

    /// <summary>What a histogram was told.</summary>
    public IReadOnlyCollection<double> Recorded(string series) => _recorded.GetValueOrDefault(series) ?? [];

    /// <summary>All series that there have been, in order.</summary>
    public IEnumerable<string> Series => Observe().Keys.Concat(_recorded.Keys).Order(StringComparer.Ordinal);

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = $"{instrument.Name}{{{string.Join(", ", tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}"))}}}";
        if (instrument.IsObservable)
        {
            // A second figure for the same series would be a fault: exporters do not agree on what it means.
            Assert.True(_observed.TryAdd(series, value), series);
        }
        else
        {
            _recorded.GetOrAdd(series, static _ => []).Add(value);
        }
    }
}
