using AkkaPerf.Backends;
using AkkaPerf.Tests.Backends;

namespace AkkaPerf.Tests.Balancing;

public sealed class PolicyTests
{
    [Fact]
    public void Least_connections_picks_the_one_with_the_fewest()
    {
        using var fleet = Fleet.Of(1, 1, 1);
        var selector = fleet.Select("least-connections");
        Assign(fleet["a"], 3);
        Assign(fleet["b"], 1);
        Assign(fleet["c"], 2);

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal("b", fleet.Pass(selector)));
    }

    [Fact]
    public void Least_connections_shares_by_weight()
    {
        using var fleet = Fleet.Of(1, 3, 6);
        var selector = fleet.Select("least-connections");
        for (var i = 0; i < 100; i++)
        {
            fleet.Assign(selector);
        }

        Assert.Equal([10, 30, 60], fleet.Directory.Current.All.Select(status => status.Backend.InFlight));
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(1, 2, 4, 3)]
    public void Least_connections_rotates_among_the_idle_by_weight(params int[] weights)
    {
        using var fleet = Fleet.Of(weights);
        var selector = fleet.Select("least-connections");
        var total = weights.Sum();
        var picks = Enumerable.Range(0, 10 * total).Select(_ => fleet.Pass(selector)).ToArray();

        Assert.All(weights.Index(), one => Assert.Equal(10 * one.Item, picks.Count(pick => pick == Fleet.IdOf(one.Index))));
    }

    private static void Assign(BackendStatus status, int times)
    {
        for (var i = 0; i < times; i++)
        {
            status.Backend.TryAssign(limit: 0, now: 1);
        }
    }
}
