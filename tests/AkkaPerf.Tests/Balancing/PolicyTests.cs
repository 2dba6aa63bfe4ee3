using AkkaPerf.Backends;
using AkkaPerf.Balancing.Policies;
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

    // 1, 3 and 6 for weights of 1, 3 and 6 are the same, though a third and a sixth of a hundred have no end.
    [Fact]
    public void Least_connections_rotates_among_those_as_loaded_for_their_weight()
    {
        using var fleet = Fleet.Of(1, 3, 6);
        var selector = fleet.Select("least-connections");
        Array.ForEach(["a", "b", "c"], id => Assign(fleet[id], fleet[id].Weight * 7));
        var picks = Enumerable.Range(0, 1000).Select(_ => fleet.Pass(selector)).CountBy(static id => id).ToDictionary();

        Assert.Equal((100, 300, 600), (picks["a"], picks["b"], picks["c"]));
    }

    [Theory]
    [InlineData(1000, 8)]
    [InlineData(65, 8)]
    [InlineData(9, 8)]
    [InlineData(8, 8)]
    [InlineData(3, 2)]
    public void A_sample_is_of_so_many_different_ones_and_its_least_loaded_is_picked(int count, int sample)
    {
        using var fleet = Fleet.Of([.. Enumerable.Repeat(1, count)]);

        // All have something to do but so many that at least one of any sample is idle.
        var idle = count - sample + 1;
        foreach (var status in fleet.Directory.Current.All[idle..])
        {
            Assign(status, 1);
        }

        var policy = new LoadPolicy<FewestInFlight>(default, 0, all: 1, sample);
        Assert.All(RotationTests.Picks(fleet, policy, 2_000), pick => Assert.InRange(pick, 0, idle - 1));
    }

    [Fact]
    public void Of_many_any_may_be_found_idle()
    {
        using var fleet = Fleet.Of([.. Enumerable.Repeat(1, 100)]);
        foreach (var status in fleet.Directory.Current.All)
        {
            Assign(status, status.Backend.Id == "b42" ? 0 : 1);
        }

        // It is in the sample as often as any other: in 8 of 100.
        var policy = new LoadPolicy<FewestInFlight>(default, 0, all: 64, sample: 8);
        Assert.InRange(RotationTests.Picks(fleet, policy, 100_000).Count(static pick => pick == 42) / 100_000.0, 0.075, 0.085);
    }

    [Fact]
    public void From_wherever_it_begins_the_first_of_the_least_loaded_is_taken()
    {
        var random = new Random(5);
        for (var round = 0; round < 300; round++)
        {
            var weights = Enumerable.Range(0, 1 + random.Next(round % 3 == 0 ? 70 : 12)).Select(_ => random.Next(1, 1001)).ToArray();
            using var fleet = Fleet.Of(weights);
            var loads = weights.Select(_ => random.Next(4)).ToArray();
            foreach (var (index, status) in fleet.Directory.Current.All.Index())
            {
                Assign(status, loads[index]);
            }

            var all = fleet.Directory.Current.Parts[0].Group;
            var (first, length) = (random.Next(weights.Length), round % 2 == 0 ? weights.Length : random.Next(1, weights.Length + 1));
            var expected = Enumerable.Range(first, length).Select(index => index % weights.Length).MinBy(index => Math.Round((double)loads[index] / weights[index], 9));
            Assert.Equal(expected, default(FewestInFlight).BestOf(all, first, length, now: 0));
        }
    }

    private static void Assign(BackendStatus status, int times)
    {
        for (var i = 0; i < times; i++)
        {
            status.Backend.TryAssign(limit: 0, now: 1);
        }
    }
}
