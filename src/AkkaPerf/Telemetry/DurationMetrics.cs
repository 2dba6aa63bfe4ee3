using System.Diagnostics.Metrics;

namespace AkkaPerf.Telemetry;

/// <summary>The histograms of one meter: how long requests take, and their parts.</summary>
internal sealed class DurationMetrics
{
    // Those of OpenTelemetry for HTTP, and below them what a cache or a backend on the same machine needs.
    private static readonly InstrumentAdvice<double> OfRequests = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    public DurationMetrics(Meter meter)
    {
        Requests = meter.CreateHistogram(
            "akkaperf.request.duration", "s", "Time from the entry of a request to its outcome; not of hits of the first level but the HTTP cache's, nor of what the door refuses.", tags: null, OfRequests);
        Phases = meter.CreateHistogram(
            "akkaperf.request.phase.duration", "s", "Parts of that time, of requests that had them: waiting, looking up in the second level, connecting, the backend.", tags: null, OfRequests);
        Connects = meter.CreateHistogram(
            "akkaperf.connections.create_time", "s", "Time that opening a connection took.", tags: null, OfRequests);
    }

    public Histogram<double> Requests { get; }

    public Histogram<double> Phases { get; }

    public Histogram<double> Connects { get; }
}
