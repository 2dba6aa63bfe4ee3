using AkkaPerf.Connections;

namespace AkkaPerf.Tests.Connections;

/// <summary>Who gets which connection, how long connections live, and how leases end.</summary>
public sealed class PoolStateLeasingTests
{
    [Fact]
    public void Who_leaves_takes_nobody_elses_timeout_along()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 1, LeakThreshold = TimeSpan.Zero });
        pool.AcquireNow();
        var leaving = pool.Acquire();
        pool.Advance(10);
        var staying = pool.Acquire();
        pool.Abandon(leaving);
        Assert.True(leaving.IsRefused);

        pool.Advance(4_999);
        Assert.Equal(0, staying.Endings);
        pool.Advance(1);

        Assert.True(staying.IsRefused);
    }

    [Fact]
    public void The_connection_used_last_is_handed_out_first()
    {
        var pool = new StateDriver(new ConnectionOptions());
        var first = pool.AcquireNow();
        var second = pool.AcquireNow();
        pool.Release(first);
        pool.Release(second);

        Assert.Same(second.Lease!.Connection, pool.AcquireNow().Lease!.Connection);
    }

    [Fact]
    public void Waiters_are_served_in_their_order_and_the_abandoned_never()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 1 });
        var holder = pool.AcquireNow();
        var waiters = Enumerable.Range(0, 3).Select(_ => pool.Acquire()).ToArray();
        waiters[0].IsAbandoned = true;

        pool.Release(holder);
        Assert.True(waiters[0].IsRefused);
        Assert.True(waiters[1].IsGranted);
        pool.Release(waiters[1]);
        Assert.True(waiters[2].IsGranted);
    }

    [Fact]
    public void An_abandoned_waiter_is_refused_at_once_wherever_it_stands()
    {
        var pool = new StateDriver(new ConnectionOptions());
        pool.Acquire();
        var waiter = pool.Acquire();

        pool.Abandon(waiter);

        Assert.True(waiter.IsRefused);
        Assert.Equal(1, pool.Snapshot.Waiting);
    }

    [Fact]
    public void Abandoning_after_the_grant_changes_nothing()
    {
        var pool = new StateDriver(new ConnectionOptions());
        var waiter = pool.AcquireNow();

        pool.Abandon(waiter);

        Assert.Equal(1, waiter.Endings);
        Assert.Equal(1, pool.Snapshot.Leased);
    }

    [Theory]
    [InlineData(long.MaxValue, 5_000)]
    [InlineData(300, 300)]
    [InlineData(9_000, 5_000)]
    public void A_wait_is_over_at_the_acquire_timeout_or_its_own_deadline(long deadline, long expected)
    {
        var pool = new StateDriver(new ConnectionOptions { ConnectTimeout = TimeSpan.FromMinutes(1) });
        var waiter = pool.Acquire(deadline: deadline);

        pool.Advance(expected - 1);
        Assert.Equal(0, waiter.Endings);
        pool.Advance(1);
        Assert.True(waiter.IsRefused);
        Assert.False(waiter.IsConnectFailure);
    }

    [Fact]
    public void A_connection_idle_for_long_is_checked_before_it_is_handed_out()
    {
        var pool = new StateDriver(new ConnectionOptions());
        pool.Release(pool.AcquireNow());
        pool.Advance(500);
        pool.Release(pool.AcquireNow());
        Assert.Empty(pool.Checking);

        pool.Advance(501);
        var waiter = pool.Acquire();
        Assert.Equal(0, waiter.Endings);
        pool.Check(pool.Checking.Single(), isUsable: true);
        Assert.True(waiter.IsGranted);
    }

    [Fact]
    public void A_dead_connection_is_closed_and_the_next_one_tried_then_one_opened()
    {
        var pool = new StateDriver(new ConnectionOptions());
        var (first, second) = (pool.AcquireNow(), pool.AcquireNow());
        pool.Release(first);
        pool.Release(second);
        pool.Advance(501);

        var waiter = pool.Acquire();
        pool.Check(pool.Checking.Single(), isUsable: false);
        pool.Check(pool.Checking.Single(), isUsable: false);
        Assert.Equal(2, pool.Closing.Count);
        pool.OpenAll();

        Assert.True(waiter.IsGranted);
    }

    [Fact]
    public void A_check_that_hangs_counts_as_dead_at_the_connect_timeout()
    {
        var pool = new StateDriver(new ConnectionOptions { AcquireTimeout = TimeSpan.FromMinutes(1) });
        pool.Release(pool.AcquireNow());
        pool.Advance(501);
        var waiter = pool.Acquire();
        var hanging = pool.Checking.Single();

        pool.Advance(5_000);
        Assert.Same(hanging, pool.Closing.Single());
        pool.OpenAll();
        Assert.True(waiter.IsGranted);
        pool.Check(hanging, isUsable: true);
        Assert.Equal(1, pool.Snapshot.Open);
    }

    [Fact]
    public void Idle_connections_above_the_minimum_are_closed_after_the_idle_timeout()
    {
        var pool = new StateDriver(new ConnectionOptions { MinIdle = 1 });
        pool.OpenAll();
        var waiters = Enumerable.Range(0, 3).Select(_ => pool.AcquireNow()).ToArray();
        foreach (var waiter in waiters)
        {
            pool.Release(waiter);
        }

        pool.Advance(89_999);
        Assert.Equal(4, pool.Snapshot.Idle);
        pool.Advance(1);
        Assert.Equal(1, pool.Snapshot.Idle);
        pool.CloseAll();
        Assert.Equal(1, pool.OpenNow);
    }

    [Fact]
    public void Idle_connections_are_retired_at_their_age_up_to_a_tenth_early_and_refilled()
    {
        var pool = new StateDriver(new ConnectionOptions { MinIdle = 8, MaxLifetime = TimeSpan.FromSeconds(100), KeepAlive = TimeSpan.Zero, ConnectTimeout = TimeSpan.FromMinutes(1) });
        pool.OpenAll();

        pool.Advance(89_999);
        Assert.Equal(8, pool.Snapshot.Idle);
        pool.Advance(5_000);
        var closedEarly = pool.Closing.Count;
        pool.Advance(5_001);

        Assert.InRange(closedEarly, 1, 7);
        Assert.Equal(8, pool.Closing.Count);
        pool.OpenAll();
        Assert.Equal(8, pool.Snapshot.Idle);
    }

    [Fact]
    public void A_leased_connection_past_its_age_is_retired_when_it_comes_back()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxLifetime = TimeSpan.FromSeconds(10) });
        var waiter = pool.AcquireNow();
        pool.Advance(20_000);
        Assert.Empty(pool.Closing);

        pool.Release(waiter);

        Assert.Single(pool.Closing);
    }

    [Fact]
    public void A_broken_connection_is_closed()
    {
        var pool = new StateDriver(new ConnectionOptions());
        pool.Release(pool.AcquireNow(), isBroken: true);

        Assert.Single(pool.Closing);
        Assert.Equal(0, pool.Snapshot.Open);
    }

    [Fact]
    public void A_second_release_does_nothing_even_when_somebody_else_has_the_connection()
    {
        var pool = new StateDriver(new ConnectionOptions());
        var first = pool.AcquireNow();
        pool.Release(first);
        var second = pool.AcquireNow();

        pool.Release(first, isBroken: true);

        Assert.Same(first.Lease!.Connection, second.Lease!.Connection);
        Assert.Equal(1, pool.Snapshot.Leased);
        Assert.Empty(pool.Closing);
    }

    [Fact]
    public void A_leak_is_reported_once_and_its_return_once()
    {
        var pool = new StateDriver(new ConnectionOptions());
        var waiter = pool.AcquireNow();
        pool.Advance(59_999);
        Assert.Empty(pool.Reports);

        pool.Advance(200_001);
        pool.Release(waiter);

        Assert.Equal([PoolEffectKind.ReportLeak, PoolEffectKind.ReportReturn], pool.Reports.Select(report => report.Kind));
        Assert.All(pool.Reports, report => Assert.Same(waiter, report.Waiter));
        Assert.Equal(260_000, pool.Reports[1].Held);
    }

    [Fact]
    public void Without_a_leak_threshold_nothing_is_reported()
    {
        var pool = new StateDriver(new ConnectionOptions { LeakThreshold = TimeSpan.Zero });
        var waiter = pool.AcquireNow();
        pool.Advance(3_600_000);
        pool.Release(waiter);

        Assert.Empty(pool.Reports);
    }

    [Fact]
    public void Shutting_closes_idle_ones_refuses_waiters_and_closes_leased_ones_when_they_come_back()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 2 });
        var (idle, leased) = (pool.AcquireNow(), pool.AcquireNow());
        pool.Release(idle);
        Assert.True(pool.Acquire().IsGranted);
        var waiter = pool.Acquire();
        pool.Release(pool.Granted[2]);
        Assert.True(waiter.IsGranted);
        pool.Release(waiter);

        pool.Shut();
        Assert.Single(pool.Closing);
        Assert.True(pool.Acquire().IsRefused);
        pool.CloseAll();
        Assert.False(pool.State.IsFinished);

        pool.Release(leased);
        pool.CloseAll();
        Assert.True(pool.State.IsFinished);
        Assert.Equal(0, pool.OpenNow);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whoever_can_go_to_another_backend_is_told_so_by_a_pool_that_closes(bool prefersFailure)
    {
        var pool = new StateDriver(new ConnectionOptions());
        var early = pool.Acquire(prefersFailure);
        pool.Shut();
        var late = pool.Acquire(prefersFailure);

        Assert.All([early, late], waiter => Assert.True(waiter.IsRefused));
        Assert.All([early, late], waiter => Assert.Equal(prefersFailure, waiter.IsConnectFailure));
    }

    [Fact]
    public void Shutting_refuses_those_who_wait_and_closes_what_opens_all_the_same()
    {
        var pool = new StateDriver(new ConnectionOptions());
        var waiter = pool.Acquire();
        var opening = pool.Opening.Single();

        pool.Shut();
        Assert.True(waiter.IsRefused);
        Assert.Same(opening, pool.GivenUp.Single());
        Assert.False(pool.State.IsFinished);

        pool.Open(opening);
        pool.CloseAll();
        Assert.True(pool.State.IsFinished);
        Assert.Equal(0, pool.OpenNow);
    }

    [Fact]
    public void Leases_that_outlast_the_grace_are_closed_under_their_holders_and_their_release_does_nothing()
    {
        var pool = new StateDriver(new ConnectionOptions());
        var waiter = pool.AcquireNow();

        pool.Shut(leasesEndAt: 1_000);
        pool.Advance(999);
        Assert.Empty(pool.Closing);
        pool.Advance(1);
        pool.CloseAll();
        pool.Release(waiter);

        Assert.True(pool.State.IsFinished);
        Assert.Equal(0, pool.OpenNow);
    }
}
