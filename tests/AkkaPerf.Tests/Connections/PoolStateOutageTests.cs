using AkkaPerf.Connections;

namespace AkkaPerf.Tests.Connections;

/// <summary>Backends that come back, and connects that hang though they were told to stop.</summary>
public sealed class PoolStateOutageTests
{
    private const long ConnectTime = 20;

    [Fact]
    public void When_the_backend_is_back_the_next_connect_starts_at_once()
    {
        var pool = Down(out var waiter);
        Assert.Empty(pool.Opening);

        pool.BackendIsBack();
        pool.OpenAll();

        Assert.True(waiter.IsGranted);
        Assert.Null(pool.Snapshot.LastConnectFailure);
        Assert.Contains(pool.Reports, report => report.Kind == PoolEffectKind.ReportRecovery);
    }

    [Fact]
    public void The_back_off_begins_anew_if_it_was_not_back_after_all()
    {
        var pool = Down(out _);
        pool.BackendIsBack();
        pool.Fail(pool.Opening.Single());

        pool.Advance(49);
        Assert.Empty(pool.Opening);
        pool.Advance(51);
        Assert.Single(pool.Opening);
        Assert.Single(pool.Reports, report => report.Kind == PoolEffectKind.ReportConnectFailure);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(10)]
    public void Those_who_wait_are_served_within_a_second_without_a_stampede(int waiting)
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 100, AcquireTimeout = TimeSpan.FromMinutes(1) });
        Down(pool);
        var waiters = Enumerable.Range(0, waiting).Select(_ => pool.Acquire()).ToArray();
        Assert.Empty(pool.Opening);
        var start = pool.Now;
        var (atOnce, opened) = (new List<int>(), 0);

        pool.BackendIsBack();
        while (waiters.Any(waiter => waiter.Endings == 0))
        {
            atOnce.Add(pool.Opening.Count);
            Assert.InRange(pool.Opening.Count, 0, Math.Max(4, pool.Snapshot.Open));
            var due = pool.Opening.ToArray();
            pool.Advance(ConnectTime);
            opened += due.Length;
            Array.ForEach(due, pool.Open);
            foreach (var holder in waiters.Where(waiter => waiter.IsGranted && !waiter.IsReleased))
            {
                pool.Release(holder);
            }
        }

        Assert.InRange(atOnce[0], 1, 4);
        Assert.InRange(pool.Now - start, 0, 1_000);
        Assert.InRange(opened, 1, Math.Min(waiting, 100));
        Assert.All(waiters, waiter => Assert.True(waiter.IsGranted));
    }

    [Fact]
    public void Without_need_nothing_is_opened()
    {
        var pool = new StateDriver(new ConnectionOptions());
        Down(pool);
        pool.Advance(10_000);

        pool.BackendIsBack();
        Assert.Empty(pool.Opening);
    }

    [Fact]
    public void Who_prefers_failure_waits_for_the_connect_once_the_backend_is_back()
    {
        var pool = new StateDriver(new ConnectionOptions());
        Down(pool);
        Assert.True(pool.Acquire(prefersFailure: true).IsConnectFailure);

        pool.BackendIsBack();
        var waiters = Enumerable.Range(0, 3).Select(_ => pool.Acquire(prefersFailure: true)).ToArray();
        Assert.All(waiters, waiter => Assert.Equal(0, waiter.Endings));

        pool.Fail(pool.Opening[0]);
        pool.Fail(pool.Opening[0]);
        pool.Fail(pool.Opening[0]);
        Assert.True(pool.Acquire(prefersFailure: true).IsConnectFailure);
    }

    [Fact]
    public void A_connect_lost_in_the_outage_makes_place_for_one_that_will_be_answered()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 1, ConnectTimeout = TimeSpan.FromMinutes(1), AcquireTimeout = TimeSpan.FromMinutes(2) });
        var waiter = pool.Acquire();
        var lost = pool.Opening.Single();
        pool.Advance(20_000);

        pool.BackendIsBack();
        Assert.Same(lost, pool.GivenUp.Single());
        pool.OpenAll();
        Assert.True(waiter.IsGranted);
        Assert.Null(pool.Snapshot.LastConnectFailure);
    }

    [Fact]
    public void A_connect_that_just_started_is_let_be()
    {
        var pool = new StateDriver(new ConnectionOptions());
        pool.Acquire();
        pool.Advance(100);

        pool.BackendIsBack();

        Assert.Empty(pool.GivenUp);
        Assert.Single(pool.Opening);
    }

    [Fact]
    public void A_good_probe_ends_the_back_off_even_where_it_is_no_news()
    {
        var pool = Down(out var waiter);
        pool.ProbedUp();
        pool.Fail(pool.Opening.Single());
        pool.ProbedUp();
        pool.OpenAll();
        Assert.True(waiter.IsGranted);
    }

    [Fact]
    public void A_good_probe_lets_slow_connects_be()
    {
        var pool = new StateDriver(new ConnectionOptions { ConnectTimeout = TimeSpan.FromMinutes(1), AcquireTimeout = TimeSpan.FromMinutes(2) });
        pool.Acquire();
        pool.Advance(5_000);
        pool.ProbedUp();
        Assert.Empty(pool.GivenUp);
        Assert.Single(pool.Opening);
    }

    [Fact]
    public void Connects_that_hang_past_their_end_are_reported_once_and_counted_and_their_places_are_free()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 2, ConnectTimeout = TimeSpan.FromSeconds(1), AcquireTimeout = TimeSpan.FromHours(1) });
        pool.Acquire();
        pool.Acquire();
        pool.Advance(1_000);
        Assert.Equal((0, 2), (pool.Snapshot.Opening, pool.Snapshot.Hanging));
        Assert.DoesNotContain(pool.Reports, IsStall);

        pool.Advance(60_000);
        Assert.Single(pool.Reports, IsStall);
        Assert.InRange(pool.Snapshot.Opening, 0, 2);

        // Whatever hangs, sooner or later a connect that works serves those who wait.
        while (pool.Opening.Count == 0)
        {
            pool.Advance(100);
        }

        var connect = pool.Opening.Single();
        pool.Open(connect);
        Assert.Single(pool.Granted);

        var hung = pool.GivenUp.ToList();
        pool.GivenUp.Clear();
        hung.ForEach(pool.Open);
        Assert.Equal(0, pool.Snapshot.Hanging);
        Assert.Single(pool.Reports, report => report.Kind == PoolEffectKind.ReportProgress);
        Assert.Equal(hung.Count, pool.Closing.Count);
    }

    [Fact]
    public void While_as_many_hang_as_there_may_be_connections_only_one_more_is_tried_at_a_time()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 8, ConnectTimeout = TimeSpan.FromSeconds(1), AcquireTimeout = TimeSpan.FromHours(1) });
        for (var i = 0; i < 20; i++)
        {
            pool.Acquire();
        }

        pool.Advance(600_000);

        // At most four, four, then one per connect timeout and back-off of 2.5 to 5 s.
        Assert.InRange(pool.Snapshot.Hanging, 8, 8 + 180);
        Assert.InRange(pool.Snapshot.Opening, 0, 1);
    }

    [Fact]
    public void A_connect_that_ends_when_told_to_stop_is_no_news()
    {
        var pool = new StateDriver(new ConnectionOptions { MinIdle = 1, ConnectTimeout = TimeSpan.FromSeconds(1) });
        pool.Advance(1_000);
        pool.Fail(pool.GivenUp.Single());

        Assert.Equal(0, pool.Snapshot.Hanging);
        Assert.DoesNotContain(pool.Reports, IsStall);
    }

    private static bool IsStall(PoolEffect report) => report.Kind == PoolEffectKind.ReportStall;

    private static StateDriver Down(out StubWaiter waiter)
    {
        var pool = new StateDriver(new ConnectionOptions { AcquireTimeout = TimeSpan.FromMinutes(1) });
        Down(pool);
        waiter = pool.Acquire();
        return pool;
    }

    /// <summary>Lets connects fail until the back-off is at its longest, and has just begun.</summary>
    private static void Down(StateDriver pool)
    {
        for (var i = 0; i < 8; i++)
        {
            var trying = pool.Acquire();
            if (pool.Opening.Count == 0)
            {
                pool.Advance(5_000);
            }

            pool.Fail(pool.Opening.Single());
            pool.Abandon(trying);
        }

        Assert.NotNull(pool.Snapshot.LastConnectFailure);
        Assert.Empty(pool.Opening);
    }
}
