using AkkaPerf.Connections;

namespace AkkaPerf.Tests.Connections;

/// <summary>When the state opens connections, and what becomes of connects that fail or hang.</summary>
public sealed class PoolStateOpeningTests
{
    [Fact]
    public void A_waiter_gets_the_first_connection_that_is_there_not_its_own()
    {
        var pool = new StateDriver(new ConnectionOptions());
        var first = pool.Acquire();
        var second = pool.Acquire();

        pool.Open(pool.Opening[1]);

        Assert.True(first.IsGranted);
        Assert.Equal(0, second.Endings);
    }

    [Fact]
    public void Never_more_than_the_maximum_is_open_opening_or_closing()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 2 });
        var waiters = Enumerable.Range(0, 5).Select(_ => pool.Acquire()).ToArray();
        Assert.Equal(2, pool.Opening.Count);

        pool.OpenAll();
        pool.Release(waiters[0], isBroken: true);
        Assert.Empty(pool.Opening);
        Assert.Equal(2, pool.OpenNow);

        pool.Close(pool.Closing[0]);
        Assert.Single(pool.Opening);
    }

    [Fact]
    public void A_close_that_hangs_holds_its_place_only_until_the_connect_timeout()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 1 });
        pool.Release(pool.AcquireNow(), isBroken: true);
        var waiter = pool.Acquire(deadline: long.MaxValue);

        pool.Advance(4_999);
        Assert.Empty(pool.Opening);
        pool.Acquire();
        pool.Advance(1);

        Assert.True(waiter.IsRefused);
        Assert.Single(pool.Opening);
    }

    [Fact]
    public void An_open_no_longer_needed_becomes_idle()
    {
        var pool = new StateDriver(new ConnectionOptions());
        pool.Abandon(pool.Acquire());

        pool.OpenAll();

        Assert.Equal(1, pool.Snapshot.Idle);
    }

    [Fact]
    public void Those_on_their_way_count_against_the_need()
    {
        var pool = new StateDriver(new ConnectionOptions());
        pool.Abandon(pool.Acquire());
        pool.Acquire();

        Assert.Single(pool.Opening);
    }

    [Fact]
    public void Connects_at_once_are_at_most_four_or_as_many_as_are_open()
    {
        var pool = new StateDriver(new ConnectionOptions());
        for (var i = 0; i < 50; i++)
        {
            pool.Acquire();
        }

        var rounds = new List<int>();
        while (pool.Opening.Count > 0)
        {
            rounds.Add(pool.Opening.Count);
            foreach (var slot in pool.Opening.ToArray())
            {
                pool.Open(slot);
            }
        }

        // The last to open lets in as many as are open by then: nobody waits for a whole round.
        Assert.Equal(4, rounds[0]);
        Assert.All(rounds.Zip(rounds.Skip(1)), pair => Assert.True(pair.Second <= Math.Max(4, 2 * pair.First)));
        Assert.Equal(50, pool.Granted.Count);
    }

    [Fact]
    public void Slots_of_a_shared_transport_open_without_slow_start_and_are_not_checked()
    {
        var pool = new StateDriver(new ConnectionOptions(), isShared: true);
        for (var i = 0; i < 50; i++)
        {
            pool.Acquire();
        }

        Assert.Equal(50, pool.Opening.Count);
        pool.OpenAll();
        pool.Release(pool.Granted[0]);
        pool.Advance(1_000);
        pool.Acquire();
        Assert.Equal(51, pool.Granted.Count);
        Assert.Empty(pool.Checking);
    }

    [Fact]
    public void Minimum_idle_is_filled_in_advance_and_refilled()
    {
        var pool = new StateDriver(new ConnectionOptions { MinIdle = 3 });
        Assert.Equal(3, pool.Opening.Count);
        pool.OpenAll();
        Assert.Equal(3, pool.Snapshot.Idle);

        var waiter = pool.Acquire();
        Assert.True(waiter.IsGranted);
        Assert.Single(pool.Opening);
        pool.OpenAll();
        Assert.Equal(3, pool.Snapshot.Idle);
    }

    [Fact]
    public void Failed_connects_back_off_from_100_ms_doubling_to_5_s_with_jitter_and_success_resets_it()
    {
        var pool = new StateDriver(new ConnectionOptions { MinIdle = 1 });
        foreach (var delay in (long[])[100, 200, 400, 800, 1600, 3200, 5000, 5000])
        {
            pool.Fail(pool.Opening.Single());
            pool.Advance((delay / 2) - 1);
            Assert.Empty(pool.Opening);
            pool.Advance((delay / 2) + 1);
            Assert.Single(pool.Opening);
        }

        pool.OpenAll();
        Assert.Null(pool.Snapshot.LastConnectFailure);
        Assert.True(pool.Acquire().IsGranted);
        pool.Fail(pool.Opening.Single());
        pool.Advance(100);
        Assert.Single(pool.Opening);
    }

    [Fact]
    public void Who_is_refused_during_the_back_off_is_told_when_it_ends()
    {
        var pool = new StateDriver(new ConnectionOptions { AcquireTimeout = TimeSpan.FromMilliseconds(20) });
        var preferring = pool.Acquire(prefersFailure: true);
        var waiting = pool.Acquire();
        pool.Fail(pool.Opening[0]);
        Assert.True(preferring.IsConnectFailure);
        var backOff = preferring.RetryAfter;
        Assert.InRange(backOff, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100));

        pool.Advance(20);
        Assert.True(waiting.IsRefused);
        Assert.Equal(backOff - TimeSpan.FromMilliseconds(20), waiting.RetryAfter);

        // What runs is not known to be the next: after the back-off no time can be told.
        pool.Acquire();
        pool.Advance(10);
        pool.Acquire();
        pool.Advance(100);
        var late = pool.Acquire();
        pool.Advance(20);
        Assert.True(late.IsRefused);
        Assert.Equal(TimeSpan.Zero, late.RetryAfter);
    }

    [Fact]
    public void A_pool_that_closes_tells_no_time_to_come_back()
    {
        var pool = new StateDriver(new ConnectionOptions());
        pool.Acquire();
        var waiting = pool.Acquire();
        pool.Fail(pool.Opening[0]);

        pool.Shut();

        Assert.True(waiting.IsRefused);
        Assert.Equal(TimeSpan.Zero, waiting.RetryAfter);
    }

    [Fact]
    public void Back_off_delays_differ_from_pool_to_pool()
    {
        var starts = Enumerable.Range(0, 20).Select(seed =>
        {
            var pool = new StateDriver(new ConnectionOptions { MinIdle = 1 }, seed);
            pool.Fail(pool.Opening.Single());
            return pool.State.NextDue;
        });

        Assert.True(starts.Distinct().Count() > 10);
    }

    [Fact]
    public void Connects_failing_together_count_once_for_the_back_off()
    {
        var pool = new StateDriver(new ConnectionOptions());
        for (var i = 0; i < 4; i++)
        {
            pool.Acquire();
        }

        foreach (var slot in pool.Opening.ToArray())
        {
            pool.Fail(slot);
        }

        pool.Advance(100);
        Assert.Equal(4, pool.Opening.Count);
    }

    [Fact]
    public void A_connect_that_hangs_is_given_up_at_the_timeout_and_its_late_connection_is_closed()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 1, ConnectTimeout = TimeSpan.FromSeconds(1) });
        var waiter = pool.Acquire();
        var hanging = pool.Opening.Single();

        pool.Advance(1_000);
        Assert.Same(hanging, pool.GivenUp.Single());
        Assert.IsType<TimeoutException>(pool.Snapshot.LastConnectFailure);
        Assert.Equal(0, pool.Snapshot.Opening);

        pool.Advance(100);
        pool.OpenAll();
        Assert.True(waiter.IsGranted);

        pool.Open(hanging);
        Assert.Same(hanging, pool.Closing.Single());
        pool.CloseAll();
        Assert.Equal(1, pool.OpenNow);
    }

    [Fact]
    public void A_failed_connect_refuses_the_oldest_who_prefers_that_and_no_one_else()
    {
        var pool = new StateDriver(new ConnectionOptions());
        var patient = pool.Acquire();
        var first = pool.Acquire(prefersFailure: true);
        var second = pool.Acquire(prefersFailure: true);
        var cause = new IOException("refused");

        pool.Fail(pool.Opening[0], cause);

        Assert.Equal(0, patient.Endings);
        Assert.True(first.IsRefused);
        Assert.True(first.IsConnectFailure);
        Assert.Same(cause, first.Cause);
        Assert.Equal(0, second.Endings);
    }

    [Fact]
    public void When_the_last_connect_fails_everyone_who_prefers_that_is_refused()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 2 });
        var patient = pool.Acquire();
        var preferring = Enumerable.Range(0, 5).Select(_ => pool.Acquire(prefersFailure: true)).ToArray();

        pool.Fail(pool.Opening[0]);
        Assert.Single(preferring, waiter => waiter.Endings > 0);
        pool.Fail(pool.Opening[0]);

        Assert.All(preferring, waiter => Assert.True(waiter.IsConnectFailure));
        Assert.Equal(0, patient.Endings);
    }

    [Fact]
    public void While_connects_fail_only_one_who_prefers_failure_tries_again()
    {
        var pool = new StateDriver(new ConnectionOptions());
        pool.Acquire(prefersFailure: true);
        pool.Fail(pool.Opening[0]);

        // During the back-off nobody waits for its end; after it one tries, until it has succeeded.
        Assert.True(pool.Acquire(prefersFailure: true).IsConnectFailure);
        pool.Advance(100);
        var trying = pool.Acquire(prefersFailure: true);
        Assert.Equal(0, trying.Endings);
        Assert.True(pool.Acquire(prefersFailure: true).IsConnectFailure);
        Assert.Single(pool.Opening);

        pool.OpenAll();
        Assert.True(trying.IsGranted);
        Assert.Equal(0, pool.Acquire(prefersFailure: true).Endings);
    }

    [Fact]
    public void Who_waits_on_after_failed_connects_learns_the_last_failure_when_the_time_is_over()
    {
        var pool = new StateDriver(new ConnectionOptions { AcquireTimeout = TimeSpan.FromMilliseconds(30) });
        var waiter = pool.Acquire();
        var cause = new IOException("refused");
        pool.Fail(pool.Opening[0], cause);

        pool.Advance(30);

        Assert.True(waiter.IsRefused);
        Assert.False(waiter.IsConnectFailure);
        Assert.Same(cause, waiter.Cause);
    }

    [Fact]
    public void A_failing_backend_is_reported_once_and_its_recovery_too()
    {
        var pool = new StateDriver(new ConnectionOptions { MinIdle = 1 });
        pool.Fail(pool.Opening.Single());
        pool.Advance(100);
        pool.Fail(pool.Opening.Single());
        pool.Advance(200);
        pool.OpenAll();

        Assert.Equal([PoolEffectKind.ReportConnectFailure, PoolEffectKind.ReportRecovery], pool.Reports.Select(report => report.Kind));
    }
}
