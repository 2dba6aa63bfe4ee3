using System.Collections.Concurrent;
using System.Diagnostics;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Tests.Telemetry;

/// <summary>Listens to the spans of one pipeline, which it samples or does not.</summary>
internal sealed class SpanReader : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public SpanReader(string pipeline, ActivitySamplingResult sampling = ActivitySamplingResult.AllDataAndRecorded)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == AkkaPerfTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Tags?.Contains(new("akkaperf.pipeline", pipeline)) == true ? sampling : ActivitySamplingResult.None,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The spans that have ended, in the order of their ends.</summary>
    public IReadOnlyList<Activity> Ended => [.. _ended];

    public void Dispose() => _listener.Dispose();
}
