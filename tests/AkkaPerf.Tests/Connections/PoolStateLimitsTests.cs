using AkkaPerf.Connections;

namespace AkkaPerf.Tests.Connections;

/// <summary>The number of connections changes while the pool is in use, and connections of one age do not end together.</summary>
public sealed class PoolStateLimitsTests
{
    [Fact]
    public void Shrinking_closes_idle_ones_at_once_and_leased_ones_when_they_come_back()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 6 });
        var holders = Enumerable.Range(0, 6).Select(_ => pool.AcquireNow()).ToArray();
        pool.Release(holders[0]);
        pool.Release(holders[1]);

        pool.Resize(3);
        Assert.Equal(2, pool.Closing.Count);
        Assert.Equal(0, pool.Snapshot.Idle);

        pool.Release(holders[2]);
        Assert.Equal(3, pool.Closing.Count);
        pool.Release(holders[3]);
        Assert.Equal(1, pool.Snapshot.Idle);
        pool.CloseAll();
        Assert.Equal(3, pool.OpenNow);
        Assert.Equal(3, pool.Snapshot.Max);
    }

    [Fact]
    public void Of_idle_ones_those_used_last_stay()
    {
        var pool = new StateDriver(new ConnectionOptions());
        var holders = Enumerable.Range(0, 4).Select(_ => pool.AcquireNow()).ToArray();
        foreach (var holder in holders)
        {
            pool.Advance(1);
            pool.Release(holder);
        }

        pool.Resize(1);

        Assert.Same(holders[3].Lease!.Connection, pool.Acquire().Lease!.Connection);
    }

    [Fact]
    public void Growing_serves_at_once_those_who_wait()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 1 });
        pool.AcquireNow();
        var waiters = Enumerable.Range(0, 3).Select(_ => pool.Acquire()).ToArray();
        Assert.Empty(pool.Opening);

        pool.Resize(3);
        pool.OpenAll();

        Assert.Equal(2, waiters.Count(waiter => waiter.IsGranted));
    }

    [Fact]
    public void A_connect_under_way_is_closed_if_there_is_no_place_for_it_any_more()
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 2 });
        pool.AcquireNow();
        pool.Acquire();
        var opening = pool.Opening.Single();

        pool.Resize(1);
        pool.Open(opening);

        Assert.Same(opening, pool.Closing.Single());
    }

    [Fact]
    public void A_new_minimum_is_filled_and_an_old_one_let_go()
    {
        var pool = new StateDriver(new ConnectionOptions());
        pool.Resize(10, minIdle: 3);
        pool.OpenAll();
        Assert.Equal(3, pool.Snapshot.Idle);

        pool.Advance(100_000);
        Assert.Equal(3, pool.Snapshot.Idle);
        pool.Resize(10, minIdle: 0);
        Assert.Equal(0, pool.Snapshot.Idle);
    }

    [Fact]
    public void A_pool_that_closes_is_not_resized()
    {
        var pool = new StateDriver(new ConnectionOptions());
        pool.Shut();

        pool.Resize(10, minIdle: 3);

        Assert.Empty(pool.Opening);
        Assert.True(pool.State.IsFinished);
    }

    [Fact]
    public void Connections_of_one_age_do_not_end_together()
    {
        const int Connections = 200;
        var pool = new StateDriver(new ConnectionOptions
        {
            MaxPerBackend = Connections + 100,
            MinIdle = Connections,
            KeepAlive = TimeSpan.Zero,
            MaxLifetime = TimeSpan.FromSeconds(1000),
        });
        pool.OpenAll();
        var perSecond = new List<int>();
        while (pool.Now < 1_000_000)
        {
            pool.Advance(1_000);
            perSecond.Add(pool.Closing.Count);
            pool.CloseAll();
            pool.OpenAll();
            Assert.Equal(Connections, pool.Snapshot.Idle);
        }

        // 200 over the last 100 of 1,000 seconds are two a second; without jitter all would go in one.
        Assert.All(perSecond.Take(900), closed => Assert.Equal(0, closed));
        Assert.Equal(Connections, perSecond.Sum());
        Assert.InRange(perSecond.Max(), 1, 10);
    }
}
