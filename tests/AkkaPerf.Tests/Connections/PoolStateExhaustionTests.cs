using AkkaPerf.Connections;

namespace AkkaPerf.Tests.Connections;

/// <summary>When a pool says that it is exhausted, and when that this is over.</summary>
public sealed class PoolStateExhaustionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Waits_that_end_in_vain_are_reported_once_until_a_connection_is_free(bool usesShortcuts)
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 1, LeakThreshold = TimeSpan.Zero }) { UsesShortcuts = usesShortcuts };
        var holder = pool.AcquireNow();
        for (var i = 0; i < 3; i++)
        {
            pool.Acquire();
            pool.Advance(5_000);
        }

        Assert.Equal([PoolEffectKind.ReportExhaustion], pool.Reports.Select(static report => report.Kind));
        Assert.Equal(3, pool.Snapshot.Timeouts);

        pool.Release(holder);
        Assert.Equal([PoolEffectKind.ReportExhaustion, PoolEffectKind.ReportRelief], pool.Reports.Select(static report => report.Kind));
        pool.Release(pool.AcquireNow());
        Assert.Equal(2, pool.Reports.Count);
    }

    [Fact]
    public void A_wait_that_is_served_or_given_up_is_no_exhaustion()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 1, LeakThreshold = TimeSpan.Zero });
        var holder = pool.AcquireNow();
        var served = pool.Acquire();
        pool.Abandon(pool.Acquire());
        pool.Release(holder);
        Assert.True(served.IsGranted);
        pool.Advance(10_000);

        Assert.Empty(pool.Reports);
        Assert.Equal(0, pool.Snapshot.Timeouts);
    }

    [Fact]
    public void Connects_that_fail_are_another_matter()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 1, LeakThreshold = TimeSpan.Zero });
        pool.Acquire();
        pool.Fail(pool.Opening[0]);
        pool.Advance(5_000);

        Assert.DoesNotContain(pool.Reports, static report => report.Kind == PoolEffectKind.ReportExhaustion);
    }
}
