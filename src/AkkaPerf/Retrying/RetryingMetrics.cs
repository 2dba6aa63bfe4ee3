using AkkaPerf.Telemetry;

namespace AkkaPerf.Retrying;

/// <summary>The instruments of the retrying stage; nothing for a pipeline that tries nothing twice.</summary>
internal static class RetryingMetrics
{
    public static void Define<T>(InstrumentSet<T> to, Func<T, RetryingPort?> of)
        where T : class
    {
        Count("akkaperf.retrying.retries", "{try}", "Tries after one that failed.", static port => port.Retries);
        Count("akkaperf.retrying.hedges", "{try}", "Tries beside a slow one.", static port => port.Hedges);
        Count("akkaperf.retrying.hedges.won", "{try}", "Tries beside a slow one that answered first.", static port => port.HedgesWon);
        Count("akkaperf.retrying.suppressed", "{try}", "Tries that the budget did not allow.", static port => port.RefusedByBudget);
        to.Number("akkaperf.retrying.budget.available", "{try}", "Tries that the budget would allow, as of the last request.", (source, readings) =>
        {
            if (of(source) is { } port)
            {
                readings.Add(port.Budget.Left);
            }
        });

        void Count(string name, string unit, string description, Func<RetryingPort, long> read) => to.Counter(name, unit, description, (source, readings) =>
        {
            if (of(source) is { } port)
            {
                readings.Add(read(port));
            }
        });
    }
}
