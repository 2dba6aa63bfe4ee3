using AkkaPerf.Connections;
using Xunit.Abstractions;

namespace AkkaPerf.Tests.Connections;

/// <summary>HikariCP's spike: 50 callers at once, a connect takes 150 ms, a use 2 ms; it ends with 5 or 6 connections.</summary>
public sealed class SpikeTests
{
    private const int Callers = 50;
    private const long ConnectTime = 150;
    private const long UseTime = 2;

    private readonly ITestOutputHelper _output;

    public SpikeTests(ITestOutputHelper output)
    {
        _output = output;
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 6)]
    [InlineData(5, 6)]
    public void A_spike_opens_far_fewer_connections_than_there_are_callers(int minIdle, int mostOpens)
    {
        var pool = new StateDriver(new ConnectionOptions { MaxPerBackend = 50, MinIdle = minIdle });
        if (minIdle > 0)
        {
            // How long a connect takes is known from those that were opened in advance.
            pool.Advance(ConnectTime);
            pool.OpenAll();
        }

        var events = new PriorityQueue<Action, long>();
        var known = new HashSet<PooledConnection>();
        var granted = 0;
        var served = 0;
        var start = pool.Now;
        var lastServed = 0L;
        for (var i = 0; i < Callers; i++)
        {
            pool.Acquire();
        }

        Schedule();
        while (events.TryDequeue(out var happen, out var at))
        {
            pool.Advance(at - pool.Now);
            happen();
            Schedule();
        }

        _output.WriteLine($"opened {pool.OpenNow}, all served after {lastServed - start} ms");
        Assert.Equal(Callers, served);
        Assert.InRange(pool.OpenNow, 1, mostOpens);
        Assert.InRange(lastServed, 0, start + ConnectTime + 50);

        void Schedule()
        {
            foreach (var slot in pool.Opening.Where(known.Add))
            {
                events.Enqueue(() => pool.Open(slot), pool.Now + ConnectTime);
            }

            for (; granted < pool.Granted.Count; granted++)
            {
                var waiter = pool.Granted[granted];
                events.Enqueue(() => Serve(waiter), pool.Now + UseTime);
            }
        }

        void Serve(StubWaiter waiter)
        {
            served++;
            lastServed = pool.Now;
            pool.Release(waiter);
        }
    }

    [Fact]
    public void A_burst_that_is_served_before_a_connect_could_end_has_one_connect_in_the_background()
    {
        var pool = Busy(holdTime: 2);
        for (var i = 0; i < 20; i++)
        {
            pool.Acquire();
        }

        Assert.Single(pool.Opening);
    }

    [Fact]
    public void Leases_that_do_not_end_open_as_many_as_are_waited_for()
    {
        var pool = Busy(holdTime: 2);
        for (var i = 0; i < 4; i++)
        {
            pool.Acquire();
        }

        // They have lasted longer than a connect takes: nobody can tell when they will end.
        pool.Advance(ConnectTime * 2);

        Assert.InRange(pool.Opening.Count, 2, 4);
    }

    [Fact]
    public void A_connect_in_the_background_that_hangs_is_not_waited_for()
    {
        var pool = Busy(holdTime: 2);
        var held = pool.Granted[^1];
        for (var i = 0; i < 20; i++)
        {
            pool.Acquire();
        }

        // Leases come and go, the line stays as long as it is, and the connect does not end.
        for (var ms = 0; ms < ConnectTime * 2; ms++)
        {
            Assert.Single(pool.Opening);
            pool.Advance(1);
            pool.Release(held);
            held = pool.Granted[^1];
            pool.Acquire();
        }

        Assert.InRange(pool.Opening.Count, 2, 4);
    }

    /// <summary>One connection, leased, whose connect took as long as connects do, and whose uses are known.</summary>
    private static StateDriver Busy(long holdTime)
    {
        var pool = new StateDriver(new ConnectionOptions());
        var waiter = pool.Acquire();
        pool.Advance(ConnectTime);
        pool.OpenAll();
        for (var i = 0; i < 20; i++)
        {
            pool.Advance(holdTime);
            pool.Release(waiter);
            waiter = pool.Acquire();
        }

        return pool;
    }
}
