using AkkaPerf.Telemetry;

namespace AkkaPerf.Backends;

/// <summary>The instruments of the backends; nothing for a pipeline without any.</summary>
internal static class BackendMetrics
{
    public static void Define<T>(InstrumentSet<T> to, Func<T, BackendDirectory?> of)
        where T : class
    {
        to.Level("akkaperf.backend.state", "{backend}", "1 for the state that a backend is in, 0 for the others.", Each(static (status, readings) =>
        {
            foreach (var health in TagValues<BackendHealth>.All)
            {
                readings.Add(status.Health == health ? 1 : 0, Tags.Backend, status.Backend.Id, Tags.State, TagValues<BackendHealth>.Of(health));
            }
        }));
        to.Number("akkaperf.backend.requests.active", "{request}", "Exchanges that are assigned to a backend.", Each(static (status, readings) =>
            readings.Add(status.Backend.InFlight, Tags.Backend, status.Backend.Id)));
        to.Counter("akkaperf.backend.requests", "{request}", "Exchanges that a backend answered, or that failed on it.", Each(static (status, readings) =>
        {
            readings.Add(status.Backend.Succeeded, Tags.Backend, status.Backend.Id, Tags.Outcome, "answered");
            readings.Add(status.Backend.Failed, Tags.Backend, status.Backend.Id, Tags.Outcome, "failed");
        }));
        to.Gauge("akkaperf.backend.response_time", "s", "Average time to answer, about over the last second.", Each(static (status, readings) =>
            readings.Add(status.Backend.ResponseTime.TotalSeconds, Tags.Backend, status.Backend.Id)));
        to.Gauge("akkaperf.backend.weight", "{share}", "A backend's part beside the others' weights.", Each(static (status, readings) =>
            readings.Add(status.Weight, Tags.Backend, status.Backend.Id)));
        to.Counter("akkaperf.backends.transitions", "{transition}", "Changes of a backend's state, by what moved it.", (source, readings) =>
            Count(of(source), readings, static (log, kind) => log.Count(kind)));
        to.Counter("akkaperf.backends.ejections", "{ejection}", "Backends that were ejected, by the cause.", (source, readings) =>
            Count(of(source), readings, static (log, kind) => log.Ejections(kind)));
        to.Gauge("akkaperf.backends.panicking", "{pipeline}", "1 while so few backends are well that those ejected get traffic again.", (source, readings) =>
        {
            if (of(source) is { } directory)
            {
                readings.Add(directory.Current.IsPanicking ? 1 : 0);
            }
        });

        Action<T, Readings> Each(Action<BackendStatus, Readings> read) => (source, readings) =>
        {
            foreach (var status in of(source)?.Current.All ?? [])
            {
                read(status, readings);
            }
        };
    }

    private static void Count(BackendDirectory? directory, Readings readings, Func<TransitionLog, TransitionKind, long> count)
    {
        if (directory is null)
        {
            return;
        }

        foreach (var kind in TagValues<TransitionKind>.All)
        {
            readings.Add(count(directory.Transitions, kind), Tags.Cause, TagValues<TransitionKind>.Of(kind));
        }
    }
}
