using AkkaPerf.Telemetry;

namespace AkkaPerf.Connections;

/// <summary>The instruments of the connections, shaped like OpenTelemetry's <c>db.client.connection</c>; nothing for a pipeline without any.</summary>
internal static class ConnectionsMetrics
{
    public static void Define<T>(InstrumentSet<T> to, Func<T, IConnectionPools?> of)
        where T : class
    {
        to.Number("akkaperf.connections.open", "{connection}", "Open connections, idle and used.", Each(static (pool, readings) =>
        {
            readings.Add(pool.Open - pool.Leased, Tags.Backend, pool.Backend.Id, Tags.State, "idle");
            readings.Add(pool.Leased, Tags.Backend, pool.Backend.Id, Tags.State, "used");
        }));
        Limit("akkaperf.connections.max", "{connection}", "Connections that a pool may have.", static pool => pool.Max);
        Limit("akkaperf.connections.idle.min", "{connection}", "Connections that a pool keeps open and idle.", static pool => pool.MinIdle);
        Number("akkaperf.connections.opening", "{connection}", "Connects under way.", static pool => pool.Opening);
        Number("akkaperf.connections.hanging", "{connection}", "Connects that were told to stop, and have not ended.", static pool => pool.Hanging);
        Number("akkaperf.connections.pending_requests", "{request}", "Those who wait for a connection.", static pool => pool.Waiting);
        Count("akkaperf.connections.timeouts", "{timeout}", "Waits that ended without a connection in time.", static totals => totals.Timeouts);
        Count("akkaperf.connections.opened", "{connection}", "Connects that succeeded.", static totals => totals.Opened);
        Count("akkaperf.connections.closed", "{connection}", "Connections that were closed.", static totals => totals.Closed);

        void Number(string name, string unit, string description, Func<ConnectionPoolSnapshot, int> read) =>
            to.Number(name, unit, description, Each((pool, readings) => readings.Add(read(pool), Tags.Backend, pool.Backend.Id)));

        void Limit(string name, string unit, string description, Func<ConnectionPoolSnapshot, int> read) =>
            to.Level(name, unit, description, Each((pool, readings) => readings.Add(read(pool), Tags.Backend, pool.Backend.Id)));

        void Count(string name, string unit, string description, Func<PoolTotals, long> read) =>
            to.Counter(name, unit, description, (source, readings) =>
            {
                if (of(source) is not { } pools)
                {
                    return;
                }

                foreach (var (id, totals) in pools.Totals())
                {
                    readings.Add(read(totals), Tags.Backend, id);
                }
            });

        Action<T, Readings> Each(Action<ConnectionPoolSnapshot, Readings> read) => (source, readings) =>
        {
            foreach (var pool in of(source)?.Snapshot() ?? [])
            {
                read(pool, readings);
            }
        };
    }
}
