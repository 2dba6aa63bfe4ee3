using AkkaPerf.Telemetry;

namespace AkkaPerf.Throttling;

/// <summary>The instruments of the throttling stage.</summary>
internal static class ThrottlingMetrics
{
    public static void Define<T>(InstrumentSet<T> to, Func<T, (PermitLedger Permits, ThrottleOptions Options)> of)
        where T : class
    {
        to.Number("akkaperf.throttling.permits.used", "{permit}", "Permits that are taken, those of handlers nobody waits for included.",
            (source, readings) => readings.Add(of(source).Permits.InUse));
        to.Level("akkaperf.throttling.permits.limit", "{permit}", "Permits that there are.",
            (source, readings) => readings.Add(of(source).Permits.Limit));
        to.Level("akkaperf.throttling.queue.limit", "{request}", "Places in the waiting room.",
            (source, readings) => readings.Add(of(source).Options.Queue));
    }
}
