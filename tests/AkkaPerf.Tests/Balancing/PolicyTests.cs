using AkkaPerf.Backends;
using AkkaPerf.Balancing;

namespace AkkaPerf.Tests.Balancing;

public sealed class PolicyTests
{
    [Fact]
    public void Round_robin_picks_each_once_per_round_wherever_it_starts()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var policy = new RoundRobinPolicy(new Random(seed));
            var backends = Backends(1, 1, 1, 1, 1);
            var picks = Enumerable.Range(0, 50).Select(_ => policy.Pick(backends)).ToArray();

            for (var i = 1; i < picks.Length; i++)
            {
                Assert.Equal((picks[i - 1] + 1) % 5, picks[i]);
            }
        }
    }

    [Fact]
    public void Round_robin_starts_anywhere() =>
        Assert.True(Enumerable.Range(0, 50).Select(seed => new RoundRobinPolicy(new Random(seed)).Pick(Backends(1, 1, 1))).Distinct().Count() == 3);

    [Fact]
    public void Least_connections_picks_the_one_with_the_fewest()
    {
        var policy = new LeastConnectionsPolicy(new Random(1));
        var backends = Backends(1, 1, 1);
        Assign(backends[0], 3);
        Assign(backends[1], 1);
        Assign(backends[2], 2);

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(1, policy.Pick(backends)));
    }

    [Fact]
    public void Least_connections_shares_by_weight()
    {
        var policy = new LeastConnectionsPolicy(new Random(1));
        var backends = Backends(1, 3, 6);
        for (var i = 0; i < 100; i++)
        {
            backends[policy.Pick(backends)].Backend.Assigned();
        }

        Assert.Equal([10, 30, 60], backends.Select(status => status.Backend.InFlight));
    }

    [Fact]
    public void Least_connections_rotates_among_equals()
    {
        var policy = new LeastConnectionsPolicy(new Random(1));
        var backends = Backends(1, 1, 1, 1);
        var picks = Enumerable.Range(0, 40).Select(_ => policy.Pick(backends)).ToArray();

        Assert.All(Enumerable.Range(0, 4), index => Assert.Equal(10, picks.Count(pick => pick == index)));
    }

    private static BackendStatus[] Backends(params int[] weights) => [.. weights.Select((weight, index) => new BackendStatus(
        new Backend($"b{index}", new Uri($"http://b{index}.test")), weight, BackendHealth.Healthy, IsDraining: false, "test", default))];

    private static void Assign(BackendStatus status, int times)
    {
        for (var i = 0; i < times; i++)
        {
            status.Backend.Assigned();
        }
    }
}
