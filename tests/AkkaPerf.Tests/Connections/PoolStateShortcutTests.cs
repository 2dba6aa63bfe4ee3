using AkkaPerf.Connections;

namespace AkkaPerf.Tests.Connections;

/// <summary>What is lent and taken back on the borrower's thread, and what is not.</summary>
public sealed class PoolStateShortcutTests
{
    [Fact]
    public void An_idle_connection_used_just_now_is_lent_and_taken_back()
    {
        var pool = WithIdle();
        var waiter = new StubWaiter();

        var lease = new PoolLease(pool.State.TryLend(waiter, pool.Now)!);
        Assert.Equal((1, 0), (pool.Snapshot.Leased, pool.Snapshot.Idle));
        Assert.True(pool.State.TryReturn(lease, pool.Now));

        Assert.Equal((0, 1), (pool.Snapshot.Leased, pool.Snapshot.Idle));
        Assert.Equal(0, waiter.Endings);
        Assert.Empty(pool.State.Effects);
    }

    [Fact]
    public void A_lease_is_taken_back_once_and_only_the_present_one()
    {
        var pool = WithIdle();
        var former = new PoolLease(pool.State.TryLend(new StubWaiter(), pool.Now)!);
        Assert.True(pool.State.TryReturn(former, pool.Now));
        var present = new PoolLease(pool.State.TryLend(new StubWaiter(), pool.Now)!);

        Assert.False(pool.State.TryReturn(former, pool.Now));
        Assert.Equal(1, pool.Snapshot.Leased);
        Assert.True(pool.State.TryReturn(present, pool.Now));
        Assert.False(pool.State.TryReturn(present, pool.Now));
    }

    [Theory]
    [InlineData("nothing idle")]
    [InlineData("idle for long")]
    [InlineData("too old")]
    [InlineData("somebody waits")]
    [InlineData("closing")]
    [InlineData("fewer idle than are to be kept")]
    public void What_needs_more_than_that_goes_the_long_way(string why)
    {
        var pool = WithIdle();
        switch (why)
        {
            case "nothing idle":
                pool.Acquire();
                break;
            case "idle for long":
                pool.Advance(501);
                break;
            case "too old":
                pool.Advance(400);
                pool.Release(pool.AcquireNow());
                pool.Advance(400);
                pool.Release(pool.AcquireNow());
                break;
            case "somebody waits":
                pool.Resize(1);
                pool.Acquire();
                pool.Acquire();
                break;
            case "closing":
                pool.Shut();
                break;
            case "fewer idle than are to be kept":
                pool.Resize(3, minIdle: 1);
                break;
        }

        Assert.Null(pool.State.TryLend(new StubWaiter(), pool.Now + (why == "too old" ? 201 : 0)));
    }

    [Theory]
    [InlineData("broken")]
    [InlineData("too old")]
    [InlineData("somebody waits")]
    [InlineData("closing")]
    [InlineData("reported")]
    [InlineData("one too many")]
    public void What_comes_back_to_be_dealt_with_goes_the_long_way(string why)
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 2, LeakThreshold = TimeSpan.FromSeconds(5), MaxLifetime = TimeSpan.FromSeconds(100) });
        var lease = (PoolLease)pool.AcquireNow().Lease!;
        pool.AcquireNow();
        switch (why)
        {
            case "broken":
                lease.Release(isBroken: true);
                break;
            case "too old":
                pool.Advance(100_000);
                break;
            case "somebody waits":
                pool.Acquire();
                break;
            case "closing":
                pool.Shut();
                break;
            case "reported":
                pool.Advance(5_000);
                break;
            case "one too many":
                pool.Resize(1);
                break;
        }

        Assert.False(pool.State.TryReturn(lease, pool.Now));
        Assert.Equal(0, pool.Snapshot.Idle);
    }

    [Fact]
    public void A_lease_that_was_lent_so_is_reported_when_held_too_long()
    {
        var pool = WithIdle();
        var waiter = new StubWaiter();
        pool.State.TryLend(waiter, pool.Now);

        pool.Advance(60_000);

        Assert.Same(waiter, pool.Reports.Single(report => report.Kind == PoolEffectKind.ReportLeak).Waiter);
    }

    private static StateDriver WithIdle()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxLifetime = TimeSpan.FromSeconds(1), LeakThreshold = TimeSpan.FromMinutes(1) });
        pool.Release(pool.AcquireNow());
        return pool;
    }
}
