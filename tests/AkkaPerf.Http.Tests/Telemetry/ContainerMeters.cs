using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Tests.Telemetry;

/// <summary>Listens to the meter of one container and keeps the figures by series, written as <c>name{tag=value, …}</c>: sums of what is counted, what is observed as it is.</summary>
internal sealed class ContainerMeters : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _figures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _recorded = new(StringComparer.Ordinal);

    public ContainerMeters(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Meter.Name == AkkaPerfTelemetry.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All series whose name begins so, with their units' figures now.</summary>
    public IReadOnlyDictionary<string, double> Read(string name)
    {
        _listener.RecordObservableInstruments();
        return _figures.Where(one => one.Key.StartsWith(name, StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>How often a histogram was told something.</summary>
    public int Recorded(string series) => _recorded.GetValueOrDefault(series);

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = $"{instrument.Name}{{{string.Join(", ", tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}"))}}}";
        _figures.AddOrUpdate(series, value, (_, before) => instrument.IsObservable ? value : before + value);
        _recorded.AddOrUpdate(series, 1, static (_, before) => before + 1);
    }
}
