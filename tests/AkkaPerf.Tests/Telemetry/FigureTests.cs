using System.Diagnostics.Metrics;
using AkkaPerf.Backends;
using AkkaPerf.Caching;
using AkkaPerf.Connections;
using AkkaPerf.Retrying;
using AkkaPerf.Telemetry;
using AkkaPerf.Tests.Backends;

namespace AkkaPerf.Tests.Telemetry;

/// <summary>Each figure is told by its own name: of sources in which no two are the same.</summary>
public sealed class FigureTests : IDisposable
{
    private readonly TestMeters _meters = new();
    private readonly InstrumentSet<object> _set;
    private readonly MeterReader _reader;

    public FigureTests()
    {
        _set = new InstrumentSet<object>(_meters.Create(AkkaPerfTelemetry.MeterName), static _ => "p");
        _reader = new MeterReader(_meters);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public void Of_the_cache() => Told(
        set => CachingMetrics.Define(set, static source => (CacheStatistics)source),
        new CacheStatistics
        {
            LocalHits = 1,
            DistributedHits = 2,
            LocalMisses = 3,
            Joined = 4,
            Stale = 5,
            Refreshes = 6,
            Loads = 100,
            LoadFailures = 8,
            LoadTime = TimeSpan.FromSeconds(9),
            Invalidated = 10,
            EvictedByCapacity = 11,
            EvictedByWeight = 12,
            Expired = 13,
            Entries = 14,
            Bytes = 15,
            InFlight = 16,
            Distributed = new SecondLevelStatistics
            {
                IsUp = true,
                IsCurrent = false,
                Hits = 21,
                Misses = 22,
                Unavailable = 23,
                Writes = 24,
                WritesDropped = 25,
                Errors = 26,
                Timeouts = 27,
                Rejected = 28,
                Waiting = 29,
                Reconciled = 30,
                BytesIn = 31,
                BytesOut = 32,
            },
        },
        """
        caching.distributed.errors dropped 25
        caching.distributed.errors error 26
        caching.distributed.errors rejected 28
        caching.distributed.errors timeout 27
        caching.distributed.io read 31
        caching.distributed.io write 32
        caching.distributed.up 1
        caching.distributed.waiting 29
        caching.entries 14
        caching.evictions bytes 12
        caching.evictions capacity 11
        caching.evictions expired 13
        caching.evictions invalidated 10
        caching.joined 4
        caching.loads answered 92
        caching.loads failed 8
        caching.loads.active 16
        caching.refreshes 6
        caching.requests distributed hit 21
        caching.requests distributed miss 22
        caching.requests distributed unavailable 23
        caching.requests local hit 1
        caching.requests local miss 3
        caching.size 15
        caching.stale 5
        """);

    [Fact]
    public void Of_the_connections() => Told(
        static set => ConnectionsMetrics.Define(set, static source => (IConnectionPools)source),
        new Pools(),
        """
        connections.closed a 42
        connections.hanging a 5
        connections.idle.min a 7
        connections.max a 6
        connections.open a idle 8
        connections.open a used 3
        connections.opened a 41
        connections.opening a 4
        connections.pending_requests a 2
        connections.timeouts a 43
        """);

    [Fact]
    public void Of_further_tries()
    {
        using var fleet = Fleet.Of(1);
        var retry = new RetryOptions();
        var port = new RetryingPort(retry, new HedgeOptions(), fleet.Time, new Random(1)) { Directory = fleet.Directory, TryTakePermit = static () => true, PermitReturned = static () => { } };
        Repeat(1, port.CountRetry);
        Repeat(2, port.CountHedge);
        Repeat(3, port.CountHedgeWon);
        Repeat(4, port.CountRefusedByBudget);
        Told(
            static set => RetryingMetrics.Define(set, static source => (RetryingPort)source),
            port,
            $"""
            retrying.budget.available {port.Budget.Left}
            retrying.hedges 2
            retrying.hedges.won 3
            retrying.retries 1
            retrying.suppressed 4
            """);
        Assert.True(port.Budget.Left > 4);
    }

    [Fact]
    public void Of_the_backends()
    {
        using var fleet = Fleet.Of(3, 1);
        var directory = fleet.Directory;
        var (a, b) = (directory.Find("a")!, directory.Find("b")!);
        var now = fleet.Time.GetTimestamp();
        Repeat(9, () => Assert.True(a.TryAssign(int.MaxValue, now)));
        fleet.Time.Advance(TimeSpan.FromSeconds(2));
        Repeat(1, () => a.Ended(BackendOutcome.Success, now, fleet.Time.GetTimestamp()));
        Repeat(3, () => a.Ended(BackendOutcome.Failure, now, fleet.Time.GetTimestamp()));
        Assert.True(directory.Eject(b, TransitionKind.SuccessRate, "half of them"));
        directory.Drain("a", draining: true);
        Told(
            static set => BackendMetrics.Define(set, static source => (BackendDirectory)source),
            directory,
            $"""
            backend.requests a answered 1
            backend.requests a failed 3
            backend.requests.active a 5
            backend.response_time a {a.ResponseTime.TotalSeconds}
            backend.state a draining 1
            backend.state b ejected 1
            backend.weight a 3
            backend.weight b 1
            backends.ejections success_rate 1
            backends.panicking 1
            backends.transitions added 2
            backends.transitions manual 1
            backends.transitions probe 2
            backends.transitions success_rate 1
            """,
            isZeroTold: false);
        Assert.True(a.ResponseTime > TimeSpan.Zero);
    }

    private static void Repeat(int times, Action action)
    {
        for (var i = 0; i < times; i++)
        {
            action();
        }
    }

    // A line a series: its name without the first word, its tags' values but the pipeline's, its figure.
    private void Told(Action<InstrumentSet<object>> define, object source, string expected, bool isZeroTold = true)
    {
        define(_set);
        _set.Add(source);
        var told = _reader.Observe().Where(one => isZeroTold || one.Value > 0).Select(static one =>
        {
            var (name, tags) = (one.Key[..one.Key.IndexOf('{', StringComparison.Ordinal)], one.Key[(one.Key.IndexOf('{', StringComparison.Ordinal) + 1)..^1]);
            Assert.StartsWith("akkaperf.pipeline=p", tags, StringComparison.Ordinal);
            return string.Join(' ', [name["akkaperf.".Length..], .. tags.Split(", ").Skip(1).Select(static tag => tag.Split('=')[1]), FormattableString.Invariant($"{one.Value}")]);
        });
        Assert.Equal(expected.Split('\n').Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    private sealed class Pools : IConnectionPools
    {
        public IBackendPool? Find(Backend backend) => null;

        public IReadOnlyList<ConnectionPoolSnapshot> Snapshot() =>
        [
            new ConnectionPoolSnapshot(Fleet.NewBackend("a"), Open: 11, Idle: 1, Leased: 3, Opening: 4, Waiting: 2, OpenedTotal: 21, ClosedTotal: 22, LastConnectFailure: null)
            {
                Hanging = 5,
                Timeouts = 23,
                Max = 6,
                MinIdle = 7,
            },
        ];

        public IReadOnlyDictionary<string, PoolTotals> Totals() => new Dictionary<string, PoolTotals>(StringComparer.Ordinal) { ["a"] = new(Opened: 41, Closed: 42, Timeouts: 43) };

        public void BackendIsBack(Backend backend)
        {
            // Nothing backs off.
        }

        public void ApplyLimits()
        {
            // They do not change.
        }

        public Task StopAsync(TimeSpan grace) => Task.CompletedTask;
    }
}
