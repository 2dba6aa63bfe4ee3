using Akka.Actor;
using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Caching.Distributed;

namespace AkkaPerf.Tests.Connections;

/// <summary>An answer or a refusal within the acquire timeout, whatever hangs.</summary>
public sealed class AcquireContractTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly CrashingTimeProvider _time = new();
    private readonly HangingFactory _factory = new();

    [Fact]
    public async Task Connects_that_hang_and_ignore_their_token()
    {
        _factory.HangOpens = true;
        var pool = Start(max: 2);
        var acquires = Acquire(pool, 5);
        await Until.So(() => pool.Snapshot is { Waiting: 5, Opening: 2 });

        await RefusedAfterAsync(Timeout, acquires);
    }

    [Fact]
    public async Task Connects_that_block_their_thread()
    {
        using var blocking = new ManualResetEventSlim();
        _factory.Block = blocking;
        var pool = Start(max: 2);
        var acquires = Acquire(pool, 5);
        await Until.So(() => pool.Snapshot is { Waiting: 5, Opening: 2 });

        await RefusedAfterAsync(Timeout, acquires);
        blocking.Set();
    }

    [Fact]
    public async Task Closes_that_hang()
    {
        _factory.HangCloses = true;
        var pool = Start(max: 1, connectTimeout: TimeSpan.FromMinutes(1));
        using (var lease = await pool.AcquireAsync())
        {
            lease.MarkBroken();
        }

        await Until.So(() => _factory.Closing == 1);
        var acquires = Acquire(pool, 3);
        await Until.So(() => pool.Snapshot.Waiting == 3);

        await RefusedAfterAsync(Timeout, acquires);
    }

    [Fact]
    public async Task Checks_that_hang_with_no_place_for_another_connection()
    {
        _factory.HangChecks = true;
        var pool = Start(max: 1, connectTimeout: TimeSpan.FromMinutes(1));
        (await pool.AcquireAsync()).Dispose();
        _time.Advance(TimeSpan.FromSeconds(1));
        var acquires = Acquire(pool, 3);
        await Until.So(() => pool.Snapshot.Waiting == 3 && _factory.Checking == 1);

        await RefusedAfterAsync(Timeout, acquires);
    }

    [Fact]
    public async Task Checks_that_block_their_thread()
    {
        using var blocking = new ManualResetEventSlim();
        var pool = Start(max: 1, connectTimeout: TimeSpan.FromMinutes(1));
        (await pool.AcquireAsync()).Dispose();
        _factory.Block = blocking;
        _time.Advance(TimeSpan.FromSeconds(1));
        var acquires = Acquire(pool, 3);
        await Until.So(() => pool.Snapshot.Waiting == 3 && _factory.Checking == 1);

        await RefusedAfterAsync(Timeout, acquires);
        blocking.Set();
    }

    [Fact]
    public async Task Leases_that_never_end()
    {
        var pool = Start(max: 1);
        _ = await pool.AcquireAsync();
        var acquires = Acquire(pool, 3);
        await Until.So(() => pool.Snapshot.Waiting == 3);

        await RefusedAfterAsync(Timeout, acquires);
    }

    [Fact]
    public async Task An_actor_that_crashes_again_and_again()
    {
        _factory.HangOpens = true;
        var pool = Start(max: 2);
        _time.Crash(times: 20);
        var acquires = Acquire(pool, 5);
        await Until.So(() => _time.CrashesLeft == 0 && pool.Snapshot.Waiting == 5);
        _time.Crash(times: 5);

        await RefusedAfterAsync(Timeout, acquires);
    }

    [Fact]
    public async Task A_router_and_an_actor_that_are_killed()
    {
        _factory.HangOpens = true;
        var directory = new BackendDirectory(_time, unknownIsEligible: true);
        var backend = directory.Add(new BackendOptions { Id = "a", Address = new Uri("tcp://a:1") });
        var pools = ConnectionPools.Create(directory, _factory, new ConnectionOptions(), _time, new Random(1));
        Sys.ActorOf(Props.Create(() => new RestartingParent(pools)), "parent");
        var waiter = new StubWaiter();
        pools.Find(backend)!.Acquire(waiter);
        await Until.So(() => pools.Find(backend)!.Snapshot.Opening == 1);

        Sys.ActorSelection("/user/parent/connections").Tell(Kill.Instance);
        Sys.ActorSelection("/user/parent/connections/*").Tell(Kill.Instance);
        _time.Advance(Timeout);

        Assert.Null(await waiter.End.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Time_spent_on_the_way_to_the_pool_counts()
    {
        _factory.HangOpens = true;
        var directory = new BackendDirectory(_time, unknownIsEligible: true);
        var backend = directory.Add(new BackendOptions { Id = "a", Address = new Uri("tcp://a:1") });
        var pools = ConnectionPools.Create(directory, _factory, new ConnectionOptions(), _time, new Random(1));
        var waiter = new StubWaiter();
        pools.Find(backend)!.Acquire(waiter);
        _time.Advance(Timeout);

        pools.Start(Sys, "connections", dispatcher: null);

        Assert.Null(await waiter.End.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Backend_that_swallows_everything_and_comes_back()
    {
        var pool = Start(max: 4, minIdle: 2);
        await Until.So(() => pool.Snapshot.Idle == 2);
        (_factory.HangOpens, _factory.HangChecks, _factory.HangCloses) = (true, true, true);
        for (var round = 0; round < 10; round++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            var acquire = Acquire(pool, 1);
            await Until.So(() => pool.Snapshot.Waiting == 1 || acquire[0].IsCompleted);
            await RefusedAfterAsync(Timeout, acquire);
        }

        (_factory.HangOpens, _factory.HangChecks, _factory.HangCloses) = (false, false, false);
        var after = Acquire(pool, 1);
        pool.BackendIsBack();
        (await after[0].WaitAsync(TimeSpan.FromSeconds(20))).Dispose();
    }

    private static Task<ConnectionLease<FakeConnection>>[] Acquire(ConnectionPool<FakeConnection> pool, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => pool.AcquireAsync().AsTask())];

    private ConnectionPool<FakeConnection> Start(int max, int minIdle = 0, TimeSpan? connectTimeout = null) => ConnectionPool.Start(
        Sys,
        "pool",
        _factory,
        new Uri("tcp://db:5432"),
        new ConnectionOptions { MaxPerBackend = max, MinIdle = minIdle, AcquireTimeout = Timeout, ConnectTimeout = connectTimeout ?? TimeSpan.FromSeconds(20) },
        _time);

    private async Task RefusedAfterAsync(TimeSpan time, Task<ConnectionLease<FakeConnection>>[] acquires)
    {
        Assert.All(acquires, acquire => Assert.False(acquire.IsCompleted));
        _time.Advance(time);
        foreach (var acquire in acquires)
        {
            var rejected = await Assert.ThrowsAsync<RequestRejectedException>(() => acquire.WaitAsync(TimeSpan.FromSeconds(20)));
            Assert.Equal(RefusalReason.NoConnection, rejected.Reason);
        }
    }
}
