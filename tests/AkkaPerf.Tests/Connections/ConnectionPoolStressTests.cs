using AkkaPerf.Connections;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Connections;

/// <summary>Many real threads, leases disposed twice, waits cancelled at the worst moments.</summary>
public sealed class ConnectionPoolStressTests : Akka.TestKit.Xunit2.TestKit
{
    private const int Workers = 16;
    private const int Rounds = 1_000;
    private const int Max = 5;

    [Fact]
    public async Task Under_load_no_connection_is_shared_lost_or_opened_beyond_the_limit()
    {
        var factory = new FakeConnectionFactory();
        var pool = ConnectionPool.Start(Sys, "pool", factory, new Uri("tcp://db:1"), new ConnectionOptions { MaxPerBackend = Max, AcquireTimeout = TimeSpan.FromMinutes(5) });
        var (used, cancelled) = (0, 0);

        await Task.WhenAll(Enumerable.Range(1, Workers).Select(seed => Task.Run(() => WorkAsync(new Random(seed)))));

        Assert.Equal(Workers * Rounds, used + cancelled);
        Assert.True(used > 0);
        Assert.InRange(factory.Peak, 1, Max);

        await pool.DisposeAsync();
        Assert.Equal(0, factory.OpenNow);
        Assert.Equal(0, factory.WrongCloses);
        var snapshot = pool.Snapshot;
        Assert.Equal((0, 0, 0, 0, 0), (snapshot.Open, snapshot.Idle, snapshot.Leased, snapshot.Opening, snapshot.Waiting));
        Assert.Equal(factory.Opened, snapshot.OpenedTotal);
        Assert.Equal(factory.Closed, snapshot.ClosedTotal);

        async Task WorkAsync(Random random)
        {
            for (var round = 0; round < Rounds; round++)
            {
                using var cancellation = new CancellationTokenSource();
                var acquire = pool.AcquireAsync(random.Next(3) == 0 ? cancellation.Token : CancellationToken.None);
                if (random.Next(2) == 0)
                {
                    await cancellation.CancelAsync();
                }

                try
                {
                    var lease = await acquire;
                    await UseAsync(lease, random.Next(20));
                    Interlocked.Increment(ref used);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref cancelled);
                }
            }
        }
    }

    [Fact]
    public async Task Resized_killed_and_told_that_all_is_well_it_still_shares_and_loses_nothing()
    {
        var factory = new FakeConnectionFactory();
        var pool = ConnectionPool.Start(Sys, "resized", factory, new Uri("tcp://db:1"), new ConnectionOptions { MaxPerBackend = Max, AcquireTimeout = TimeSpan.FromMinutes(5) });

        await Task.WhenAll(Enumerable.Range(1, Workers).Select(seed => Task.Run(() => WorkAsync(new Random(seed)))));

        Assert.InRange(factory.Peak, 1, Max + Workers);
        await pool.DisposeAsync();
        Assert.Equal((0, 0), (factory.OpenNow, factory.WrongCloses));
        Assert.Equal((factory.Opened, factory.Closed), (pool.Snapshot.OpenedTotal, pool.Snapshot.ClosedTotal));

        async Task WorkAsync(Random random)
        {
            for (var round = 0; round < Rounds; round++)
            {
                if (random.Next(50) == 0)
                {
                    Disturb(random);
                }

                await UseAsync(await pool.AcquireAsync(), random.Next(20));
            }
        }

        void Disturb(Random random)
        {
            var max = random.Next(1, Max + 1);
            pool.Resize(max, random.Next(max + 1));
            pool.BackendIsBack();
            if (random.Next(20) == 0)
            {
                Sys.ActorSelection("/user/resized/*").Tell(Akka.Actor.Kill.Instance);
            }
        }
    }

    private static async Task UseAsync(ConnectionLease<FakeConnection> lease, int chance)
    {
        // Held across a yield, the fake fails if anybody else uses it meanwhile.
        using (lease.Connection.Hold())
        {
            if (chance < 10)
            {
                await Task.Yield();
            }
        }

        if (chance == 0)
        {
            lease.MarkBroken();
        }

        lease.Dispose();
        lease.Dispose();
    }
}
