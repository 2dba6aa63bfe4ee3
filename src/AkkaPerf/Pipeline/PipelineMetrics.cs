using System.Diagnostics.Metrics;
using AkkaPerf.Backends;
using AkkaPerf.Caching;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;
using AkkaPerf.Retrying;
using AkkaPerf.Telemetry;
using AkkaPerf.Throttling;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Pipeline;

/// <summary>The instruments of one meter: what its pipelines keep anyhow is read on demand, durations are recorded as they come.</summary>
internal sealed class PipelineMetrics
{
    /// <summary>Of all pipelines whose container has no meters.</summary>
    public static readonly PipelineMetrics Shared = new(new Meter(AkkaPerfTelemetry.MeterName));

    private readonly InstrumentSet<PipelineCore> _set;
    private readonly StreamCounts _streams = new();

    private PipelineMetrics(Meter meter)
    {
        Durations = new DurationMetrics(meter);
        _set = new InstrumentSet<PipelineCore>(meter, static core => core.Name);
        Define();
        ThrottlingMetrics.Define(_set, static core => (core.Permits, core.Options.Throttle));
        CachingMetrics.Define(_set, static core => core.Cache?.Describe(core.Loads!.Count));
        BackendMetrics.Define(_set, static core => core.Directory);
        ConnectionsMetrics.Define(_set, static core => core.Pools);
        RetryingMetrics.Define(_set, static core => core.Retrying);
    }

    public DurationMetrics Durations { get; }

    /// <summary>Those of a container's own meter; the shared ones where it has none.</summary>
    public static PipelineMetrics Create(IMeterFactory? meters) => meters is null ? Shared : new PipelineMetrics(meters.Create(AkkaPerfTelemetry.MeterName));

    public static PipelineMetrics Of(IServiceProvider? services) => services?.GetService<PipelineMetrics>() ?? Shared;

    /// <summary>Reports a pipeline from now on, unless it has stopped.</summary>
    public void Report(PipelineCore core)
    {
        _set.Add(core);
        _streams.Add(core);

        // Looked at after it was added: one that stops now forgets itself, or is seen here.
        if (core.State == PipelineState.Stopped)
        {
            Forget(core);
        }
    }

    /// <summary>Reports a pipeline no longer, and lets go of it. More than once does no harm.</summary>
    public void Forget(PipelineCore core)
    {
        if (_set.Remove(core))
        {
            _streams.Leave(core);
        }
    }

    private void Define()
    {
        _set.Counter("akkaperf.requests", "{request}", "Requests by how they ended, hits included.", ReadRequests);
        _set.Number("akkaperf.requests.active", "{request}", "Exchanges inside, those that wait and those that run.", static (core, readings) => readings.Add(core.Door.Inside));
        _set.Level("akkaperf.requests.capacity", "{request}", "Exchanges that may be inside.", static (core, readings) => readings.Add(core.Options.Ingress.Capacity));
        _set.Number("akkaperf.requests.waiting", "{request}", "Those who wait, by where.", ReadWaiting);
        _set.Number("akkaperf.requests.zombies", "{request}", "Handlers that still run although nobody waits for them.", static (core, readings) => readings.Add(core.Counters.Zombies));
        _set.Number("akkaperf.streams.active", "{stream}", "Streams open beyond their exchanges, such as WebSockets.", static (_, readings) => readings.Add(0), _streams.Read);
        _set.Gauge("akkaperf.pipeline.ready", "{pipeline}", "1 while the pipeline runs and has an eligible backend, if it has any.", static (core, readings) => readings.Add(core.IsReady ? 1 : 0));
        _set.Counter("akkaperf.pipeline.restarts", "{restart}", "How often the stream failed and was started again.", static (core, readings) => readings.Add(core.Restarts));
    }

    private static void ReadRequests(PipelineCore core, Readings readings)
    {
        readings.Add(core.Counters.Answered + (core.Cache?.Counters.LocalHits ?? 0), Tags.Outcome, "answered");
        readings.Add(core.Counters.Faulted, Tags.Outcome, "faulted");
        foreach (var reason in TagValues<RefusalReason>.All)
        {
            readings.Add(core.Counters.Refused(reason), Tags.Outcome, "refused", Tags.Reason, TagValues<RefusalReason>.Of(reason));
        }
    }

    private static void ReadWaiting(PipelineCore core, Readings readings)
    {
        readings.Add(core.Ingress.Outside, Tags.Place, "door");
        readings.Add(core.Throttling.Waiting, Tags.Place, "room");
        readings.Add(core.Loads?.Joiners ?? 0, Tags.Place, "load");
        readings.Add(core.Connections.Acquiring, Tags.Place, "connection");
    }
}
