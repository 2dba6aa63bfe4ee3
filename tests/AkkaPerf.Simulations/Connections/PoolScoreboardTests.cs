using System.Globalization;
using AkkaPerf.Connections;
using AkkaPerf.Simulations.Balancing;
using Xunit.Abstractions;

namespace AkkaPerf.Simulations.Connections;

/// <summary>Outages of servers behind pools: who waits and for how long, and how traffic comes back.</summary>
public sealed class PoolScoreboardTests(ITestOutputHelper output)
{
    private static readonly ConnectionOptions Options = new() { MaxPerBackend = 20, AcquireTimeout = TimeSpan.FromSeconds(2) };

    // A short one ends while the pool still waits before its next connect, perhaps before the probes have a verdict.
    [Theory]
    [InlineData(1, 300, 30)]
    [InlineData(1, 300, 5)]
    [InlineData(1, 300, 3)]
    [InlineData(4, 1000, 30)]
    public void Recovery_of_one_that_was_down(int servers, double rate, int outage)
    {
        for (var seed = 1; seed <= 20 / servers; seed++)
        {
            var (clock, client) = Start(servers, rate, seed, seconds: 40 + outage);
            var returned = client.Servers[0];
            clock.At(Seconds(20), returned.Fall);
            clock.At(Seconds(20 + outage), () =>
            {
                returned.Rise();
                returned.ForgetMost();
            });
            clock.RunUntil(Seconds(50 + outage));
            var after = returned.FirstServedAt!.Value - returned.FoundUpAt!.Value;
            Print($"{servers} of which one is down for {outage} s, seed {seed}: answered {(double)client.Succeeded / client.Sent:P2}, first served {after.TotalMilliseconds:F0} ms after its probes found it, connects at once {returned.MostConnecting}, longest wait {client.LongestWait.TotalMilliseconds:F0} ms");

            // Before, if the pool has found it first. Never more connects at once than there are connections, but four: half of all at most.
            Assert.True(after <= TimeSpan.FromSeconds(1), $"It took {after}.");
            Assert.InRange(returned.MostConnecting, 1, Options.MaxPerBackend / 2);
            AssertKept(client);

            // The others do its work: what fails is what it had in hand when it fell.
            Assert.True(servers == 1 || client.Succeeded >= 0.999 * client.Sent);
        }
    }

    [Fact]
    public void All_down_at_once_and_back()
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            var (clock, client) = Start(servers: 4, rate: 1000, seed, seconds: 90);
            clock.At(Seconds(20), () => client.Servers.ToList().ForEach(static server => server.Fall()));
            clock.At(Seconds(50), () => client.Servers.ToList().ForEach(static server =>
            {
                server.Rise();
                server.ForgetMost();
            }));
            clock.RunUntil(Seconds(100));
            var first = client.Servers.Min(static server => server.FirstServedAt)!.Value - client.Servers.Min(static server => server.FoundUpAt)!.Value;
            Print($"four all down for 30 s, seed {seed}: first served {first.TotalMilliseconds:F0} ms after a probe found one, connects at once {client.Servers.Max(static server => server.MostConnecting)}, longest wait {client.LongestWait.TotalMilliseconds:F0} ms");

            Assert.True(first <= TimeSpan.FromSeconds(1), $"It took {first}.");
            Assert.All(client.Servers, static server => Assert.InRange(server.MostConnecting, 1, Options.MaxPerBackend / 2));
            AssertKept(client);
        }
    }

    [Fact]
    public void Cold_pools_under_a_steady_load_open_what_they_need()
    {
        var (clock, client) = Start(servers: 2, rate: 400, seed: 3, seconds: 30);
        clock.RunUntil(Seconds(40));

        // 200 a second of 5 ms each: one at a time on average.
        Print($"two cold pools, 400 a second of 5 ms: opened {string.Join(" and ", client.Servers.Select(static server => server.Snapshot.OpenedTotal))}, longest wait {client.LongestWait.TotalMilliseconds:F0} ms");
        Assert.All(client.Servers, static server => Assert.InRange(server.Snapshot.OpenedTotal, 1, 8));
        Assert.Equal(0, client.Failed);
        AssertKept(client);
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        Assert.Equal(Run(), Run());

        static (int, int, int, TimeSpan) Run()
        {
            var (clock, client) = Start(servers: 3, rate: 500, seed: 4, seconds: 30);
            clock.At(Seconds(10), client.Servers[1].Fall);
            clock.At(Seconds(15), client.Servers[1].Rise);
            clock.RunUntil(Seconds(40));
            return (client.Succeeded, client.Failed, client.Refused, client.LongestWait);
        }
    }

    // Every request has one end, nothing is in flight or on loan any more, and nobody waited longer than the pool promises.
    private static void AssertKept(PooledClient client)
    {
        Assert.Equal(client.Sent, client.Succeeded + client.Failed + client.Refused);
        Assert.All(client.Servers, static server => Assert.Equal((0L, 0, 0), (server.Backend.InFlight, server.Snapshot.Leased, server.Snapshot.Waiting)));
        Assert.InRange(client.LongestWait, TimeSpan.Zero, Options.AcquireTimeout + TimeSpan.FromMilliseconds(1));
    }

    private static (VirtualClock Clock, PooledClient Client) Start(int servers, double rate, int seed, int seconds)
    {
        var clock = new VirtualClock();
        var client = new PooledClient(clock, servers, Options, seed * 1000);
        clock.At(Seconds(5), () => client.SendPerSecond(rate, Seconds(seconds), new Random(seed)));
        return (clock, client);
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private void Print(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
