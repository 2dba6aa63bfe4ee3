using Akka.Actor;
using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Connections;

/// <summary>One pool per backend, whatever becomes of backends and actors.</summary>
public sealed class ConnectionPoolRouterTests : Akka.TestKit.Xunit2.TestKit
{
    private readonly CrashingTimeProvider _time = new();
    private readonly FakeConnectionFactory _factory = new();
    private readonly BackendDirectory _directory;
    private readonly ConnectionPools _pools;

    public ConnectionPoolRouterTests()
    {
        _directory = new BackendDirectory(_time, unknownIsEligible: true);
        var options = new ConnectionOptions { MaxPerBackend = 2 };
        _pools = ConnectionPools.Create(_directory, _factory, options, _time, new Random(1));
    }

    [Fact]
    public async Task A_backend_has_its_pool_as_soon_as_it_is_there_and_who_asks_before_the_actor_is_served_by_it()
    {
        var backend = Add("a");
        var waiter = Acquire(backend);
        Assert.Equal(0, waiter.Endings);

        _pools.Start(Sys, "connections", dispatcher: null);

        Assert.Same(backend, (await waiter.End)!.Backend);
    }

    [Fact]
    public async Task Backends_added_later_get_their_own_pools()
    {
        _pools.Start(Sys, "connections", dispatcher: null);
        var (a, b) = (Add("a"), Add("b"));

        Assert.Same(a, (await Acquire(a).End)!.Backend);
        Assert.Same(b, (await Acquire(b).End)!.Backend);
        Assert.Equal(2, _pools.Snapshot().Count);
    }

    [Fact]
    public void A_backend_is_found_even_by_a_listener_that_learns_of_it_before_the_pools()
    {
        var directory = new BackendDirectory(_time, unknownIsEligible: true);
        ConnectionPools? pools = null;
        IBackendPool? found = null;
        directory.Changed += set => found = pools?.Find(set.All[0].Backend);
        pools = ConnectionPools.Create(directory, _factory, new ConnectionOptions(), _time, new Random(1));

        directory.Add(new BackendOptions { Id = "a", Address = new Uri("tcp://a:1") });

        Assert.NotNull(found);
    }

    [Fact]
    public async Task A_removed_backends_waiters_are_refused_its_connections_closed_and_a_namesake_may_come()
    {
        _pools.Start(Sys, "connections", dispatcher: null);
        var backend = Add("a");
        var leased = await Acquire(backend).End;
        var idle = await Acquire(backend).End;
        var waiter = Acquire(backend);
        idle!.Release(isBroken: false);
        var last = (await waiter.End)!;
        waiter = Acquire(backend);

        _directory.Remove("a");
        Assert.Null(await waiter.End);
        Assert.Null(_pools.Find(backend));
        last.Release(isBroken: false);
        await _factory.WaitUntilAsync(all => all.Closed == 1);

        var namesake = Add("a");
        Assert.Same(namesake, (await Acquire(namesake).End)!.Backend);

        leased!.Release(isBroken: false);
        await _factory.WaitUntilAsync(all => all.Closed == 2);
        await AwaitAssertAsync(() => Assert.Single(_pools.Snapshot()));
        Assert.Equal(1, _factory.OpenNow);

        // What is counted never falls.
        Assert.Equal(new PoolTotals(Opened: 3, Closed: 2, Timeouts: 0), _pools.Totals()["a"]);
    }

    [Fact]
    public async Task A_crash_of_the_pools_actor_loses_no_waiter_and_no_connection()
    {
        _pools.Start(Sys, "connections", dispatcher: null);
        var backend = Add("a");
        var leases = new[] { (await Acquire(backend).End)!, (await Acquire(backend).End)! };
        var waiters = Enumerable.Range(0, 20).Select(_ => Acquire(backend)).ToArray();

        _time.Crash(times: 3);
        leases[0].Release(isBroken: false);
        leases[1].Release(isBroken: true);
        foreach (var waiter in waiters)
        {
            (await waiter.End)!.Release(isBroken: false);
        }

        Assert.Equal(0, _time.CrashesLeft);
        Assert.All(waiters, waiter => Assert.True(waiter.IsGranted));
        await _pools.StopAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _factory.OpenNow);
    }

    [Fact]
    public async Task Killed_actors_are_restarted_and_nobody_notices()
    {
        Sys.ActorOf(Props.Create(() => new RestartingParent(_pools)), "parent");
        var backend = Add("a");
        var lease = (await Acquire(backend).End)!;
        var other = (await Acquire(backend).End)!;
        var waiter = Acquire(backend);
        var pool = _pools.Find(backend);

        Sys.ActorSelection("/user/parent/connections").Tell(Kill.Instance);
        Sys.ActorSelection("/user/parent/connections/*").Tell(Kill.Instance);
        lease.Release(isBroken: false);
        other.Release(isBroken: false);
        (await waiter.End)!.Release(isBroken: false);

        // The router, fresh, still knows whose actor is whose, and learns of new backends.
        var added = Add("b");
        Assert.Same(added, (await Acquire(added).End)!.Backend);
        Assert.Same(pool, _pools.Find(backend));
        Assert.Equal(3, _factory.Opened);
    }

    [Fact]
    public async Task A_pool_whose_actor_others_stop_is_replaced()
    {
        _pools.Start(Sys, "connections", dispatcher: null);
        var backend = Add("a");
        var lease = (await Acquire(backend).End)!;
        var pool = _pools.Find(backend);

        Sys.ActorSelection("/user/connections/*").Tell(PoisonPill.Instance);
        await AwaitAssertAsync(() => Assert.NotSame(pool, _pools.Find(backend)));

        Assert.NotNull(await Acquire(backend).End);
        lease.Release(isBroken: false);
        await _factory.WaitUntilAsync(all => all.Closed == 1);
    }

    [Fact]
    public async Task A_stop_before_the_router_has_started_ends_everybody()
    {
        var waiter = Acquire(Add("a"));

        await _pools.StopAsync(TimeSpan.FromSeconds(1));

        Assert.Null(await waiter.End);
    }

    [Fact]
    public async Task A_backend_that_becomes_healthy_is_connected_to_at_once()
    {
        _pools.Start(Sys, "connections", dispatcher: null);
        var backend = Add("a");
        _directory.Judge(backend, ProbeVerdict.Down, "down");
        _factory.FailOpens();
        var waiter = Acquire(backend);
        await _factory.WaitUntilAsync(all => all.OpensFailed == 1);
        await AwaitAssertAsync(() => Assert.NotNull(_pools.Find(backend)!.Snapshot.LastConnectFailure));
        _factory.AllowOpens();
        Assert.Equal(0, waiter.Endings);

        // The clock stands still: without this the back-off would never end.
        _directory.Judge(backend, ProbeVerdict.Up, "up");

        Assert.NotNull(await waiter.End.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_pool_that_is_replaced_in_the_midst_of_a_change_costs_nobody_the_news()
    {
        using var directory = new BackendDirectory(_time, unknownIsEligible: true);
        Action? meanwhile = null;
        directory.Changed += _ => Interlocked.Exchange(ref meanwhile, null)?.Invoke();
        var a = directory.Add(new BackendOptions { Id = "a", Address = new Uri("tcp://a:1") });
        var b = directory.Add(new BackendOptions { Id = "b", Address = new Uri("tcp://b:1") });
        var pools = ConnectionPools.Create(directory, _factory, new ConnectionOptions(), _time, new Random(1));
        pools.Start(Sys, "replaced", dispatcher: null);
        directory.Judge(a, ProbeVerdict.Down, "down");
        _factory.FailOpens();
        var waiter = new StubWaiter();
        pools.Find(a)!.Acquire(waiter);
        await AwaitAssertAsync(() => Assert.NotNull(pools.Find(a)!.Snapshot.LastConnectFailure));
        _factory.AllowOpens();
        var before = pools.Find(b);
        meanwhile = () =>
        {
            Sys.ActorSelection("/user/replaced/*-b").Tell(PoisonPill.Instance);
            Assert.True(SpinWait.SpinUntil(() => pools.Find(b) != before, TimeSpan.FromSeconds(20)));
        };

        directory.Judge(a, ProbeVerdict.Up, "up");

        Assert.NotNull(await waiter.End.WaitAsync(TimeSpan.FromSeconds(20)));
        await pools.StopAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_backend_found_back_by_others_is_connected_to_at_once()
    {
        _pools.Start(Sys, "connections", dispatcher: null);
        var (a, b) = (Add("a"), Add("b"));
        _factory.FailOpens();
        var (waiter, other) = (Acquire(a), Acquire(b));
        await AwaitAssertAsync(() => Assert.All(_pools.Snapshot(), pool => Assert.NotNull(pool.LastConnectFailure)));
        _factory.AllowOpens();

        _pools.BackendIsBack(a);
        _pools.BackendIsBack(new Backend("gone", new Uri("tcp://gone:1")));

        Assert.NotNull(await waiter.End.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(0, other.Endings);
    }

    [Fact]
    public async Task A_connect_that_fails_asks_for_a_probe_and_a_good_one_has_it_tried_again_at_once()
    {
        var asked = new TaskCompletionSource<Backend>(TaskCreationOptions.RunContinuationsAsynchronously);
        _directory.ProbeWanted += backend => asked.TrySetResult(backend);
        _pools.Start(Sys, "connections", dispatcher: null);
        var backend = Add("a");
        _factory.FailOpens();
        var waiter = Acquire(backend);

        Assert.Same(backend, await asked.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        await AwaitAssertAsync(() => Assert.NotNull(_pools.Find(backend)!.Snapshot.LastConnectFailure));
        _factory.AllowOpens();
        Assert.Equal(0, waiter.Endings);
        _directory.NotifyFoundUp(backend);
        _directory.NotifyFoundUp(new Backend("gone", new Uri("tcp://gone:1")));

        Assert.NotNull(await waiter.End.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Changes_of_health_and_weight_replace_no_pool()
    {
        _pools.Start(Sys, "connections", dispatcher: null);
        var (a, b) = (Add("a"), Add("b"));
        var pool = _pools.Find(a);
        _directory.SetWeight("a", 5);
        _directory.Judge(b, ProbeVerdict.Up, "up");

        Assert.Same(pool, _pools.Find(a));
        Assert.Same(a, (await Acquire(a).End)!.Backend);
        Assert.Equal(2, _pools.Snapshot().Count);
    }

    [Fact]
    public void A_backend_may_have_a_number_of_connections_of_its_own()
    {
        var limits = new ConnectionLimits(
            new ConnectionOptions { MaxPerBackend = 10, MinIdle = 3 }, isShared: false, backend => backend.Id == "small" ? 2 : null);
        var directory = new BackendDirectory(_time, unknownIsEligible: true);
        var pools = ConnectionPools.Create(directory, _factory, new ConnectionOptions(), _time, new Random(1), limits);
        directory.Add(new BackendOptions { Id = "small", Address = new Uri("tcp://small:1") });
        directory.Add(new BackendOptions { Id = "large", Address = new Uri("tcp://large:1") });
        Assert.Equal([(2, 2), (10, 3)], LimitsOf(pools));
        pools.Start(Sys, "limited", dispatcher: null);

        limits.Set(20, 4);
        pools.ApplyLimits();
        AwaitAssert(() => Assert.Equal([(2, 2), (20, 4)], LimitsOf(pools)));
        limits.SetFor("small", 7, 1);
        pools.ApplyLimits();
        AwaitAssert(() => Assert.Equal([(7, 1), (20, 4)], LimitsOf(pools)));
    }

    private static IEnumerable<(int Max, int MinIdle)> LimitsOf(ConnectionPools pools) =>
        pools.Snapshot().OrderBy(pool => pool.Max).Select(pool => (pool.Max, pool.MinIdle));

    private Backend Add(string id) => _directory.Add(new BackendOptions { Id = id, Address = new Uri($"tcp://{id}:1") });

    private StubWaiter Acquire(Backend backend)
    {
        var waiter = new StubWaiter();
        _pools.Find(backend)!.Acquire(waiter);
        return waiter;
    }
}
