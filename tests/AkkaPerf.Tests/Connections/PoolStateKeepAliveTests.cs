using AkkaPerf.Connections;

namespace AkkaPerf.Tests.Connections;

/// <summary>Idle connections are checked every so often, a few at a time, and checks that hang hold nobody up.</summary>
public sealed class PoolStateKeepAliveTests
{
    private static readonly ConnectionOptions Options = new()
    {
        MaxPerBackend = 20,
        MinIdle = 8,
        KeepAlive = TimeSpan.FromSeconds(10),
        IdleTimeout = TimeSpan.FromMinutes(1),
    };

    [Fact]
    public void An_idle_connection_is_checked_each_time_after_the_keep_alive_up_to_a_fifth_early()
    {
        var pool = Filled();
        var checks = new List<(PooledConnection Slot, long At)>();
        while (pool.Now < 60_000)
        {
            pool.Advance(1);
            foreach (var slot in pool.Checking.ToArray())
            {
                checks.Add((slot, pool.Now));
                pool.Check(slot, isUsable: true);
            }
        }

        var bySlot = checks.ToLookup(check => check.Slot, check => check.At);
        Assert.Equal(8, bySlot.Count);
        Assert.All(bySlot, times => Assert.All(times.Zip([0, .. times], (at, before) => at - before), gap => Assert.InRange(gap, 8_000, 10_002)));
        Assert.True(checks.Select(check => check.At).Distinct().Count() > checks.Count / 2, "checks fall together");
        Assert.Equal(8, pool.Snapshot.Idle);
        Assert.Equal(8, pool.OpenNow);
    }

    [Fact]
    public void A_connection_that_is_used_is_not_checked()
    {
        var pool = new StateDriver(new ConnectionOptions { KeepAlive = TimeSpan.FromSeconds(1) });
        var holder = pool.AcquireNow();
        for (var i = 0; i < 100; i++)
        {
            pool.Release(holder);
            pool.Advance(400);
            holder = pool.Acquire();
            Assert.True(holder.IsGranted);
        }

        Assert.Empty(pool.Checking);
    }

    [Fact]
    public void A_dead_connection_is_found_and_replaced_before_anybody_needs_it()
    {
        var pool = Filled();
        while (pool.Checking.Count == 0)
        {
            pool.Advance(1);
        }

        var dead = pool.Checking[0];

        pool.Check(dead, isUsable: false);

        Assert.Contains(dead, pool.Closing);
        Assert.Single(pool.Opening);
    }

    [Fact]
    public void A_check_is_no_use_the_idle_timeout_still_counts_from_the_last_one()
    {
        var pool = new StateDriver(new ConnectionOptions { KeepAlive = TimeSpan.FromSeconds(10), IdleTimeout = TimeSpan.FromSeconds(25) });
        pool.Release(pool.AcquireNow());
        for (var step = 0; step < 24_999; step++)
        {
            pool.Advance(1);
            pool.Checking.ToList().ForEach(slot => pool.Check(slot, isUsable: true));
        }

        Assert.Equal(1, pool.Snapshot.Idle);
        pool.Advance(1);
        Assert.Single(pool.Closing);
    }

    [Fact]
    public void A_checked_connection_goes_back_to_its_place()
    {
        var pool = new StateDriver(new ConnectionOptions { KeepAlive = TimeSpan.FromSeconds(10) });
        var (old, recent) = (pool.AcquireNow(), pool.AcquireNow());
        pool.Release(old);
        pool.Advance(9_999);
        pool.Checking.ToList().ForEach(slot => pool.Check(slot, isUsable: true));
        pool.Release(recent);
        pool.Advance(9_999);
        pool.Checking.ToList().ForEach(slot => pool.Check(slot, isUsable: true));

        var waiter = pool.Acquire();
        pool.Checking.ToList().ForEach(slot => pool.Check(slot, isUsable: true));
        Assert.Same(recent.Lease!.Connection, waiter.Lease!.Connection);
    }

    [Fact]
    public void A_quarter_is_checked_at_once_and_whoever_comes_meanwhile_is_served()
    {
        var pool = Filled();
        pool.Advance(10_000);
        Assert.Equal(2, pool.Checking.Count);

        var waiter = pool.Acquire();
        pool.Check(pool.Checking[^1], isUsable: true);

        Assert.True(waiter.IsGranted);
    }

    [Fact]
    public void Without_keep_alive_and_on_shared_transports_nothing_is_checked()
    {
        var off = new StateDriver(new ConnectionOptions { MinIdle = 2, KeepAlive = TimeSpan.Zero });
        off.OpenAll();
        var shared = new StateDriver(new ConnectionOptions { KeepAlive = TimeSpan.FromSeconds(1) }, isShared: true);
        shared.Release(shared.AcquireNow());

        off.Advance(80_000);
        shared.Advance(80_000);

        Assert.Empty(off.Checking);
        Assert.Empty(shared.Checking);
    }

    [Fact]
    public void Checks_that_hang_do_not_hold_up_who_waits()
    {
        var pool = new StateDriver(new ConnectionOptions());
        Array.ForEach([.. Enumerable.Range(0, 8).Select(_ => pool.AcquireNow())], holder => pool.Release(holder));
        pool.Advance(1_000);
        var waiter = pool.Acquire();
        Assert.Single(pool.Checking);

        pool.Advance(249);
        Assert.Empty(pool.Opening);
        pool.Advance(1);
        Assert.NotEmpty(pool.Opening);
        pool.Open(pool.Opening[0]);

        Assert.True(waiter.IsGranted);
        pool.Advance(5_000);
        Assert.True(pool.Closing.Count >= 1);
    }

    private static StateDriver Filled()
    {
        var pool = new StateDriver(Options);
        pool.OpenAll();
        Assert.Equal(8, pool.Snapshot.Idle);
        return pool;
    }
}
