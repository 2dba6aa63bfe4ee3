using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

/// <summary>Tiers, spill-over, zones and panic; the rows are those of Envoy's documentation.</summary>
public sealed class TrafficSplitTests
{
    [Theory]
    [InlineData(100, "100 0")]
    [InlineData(72, "100 0")]
    [InlineData(71, "99 1")]
    [InlineData(50, "70 30")]
    [InlineData(25, "35 65")]
    [InlineData(0, "0 100")]
    public void First_tier_keeps_the_traffic_while_enough_of_it_is_well(int healthy, string parts)
    {
        using var fleet = new Fleet();
        AddTier(fleet, 0, healthy);
        AddTier(fleet, 1, 100);
        Assert.Equal(parts, Parts(fleet, tiers: 2));
    }

    [Theory]
    [InlineData(new[] { 25, 25 }, "50 50")]
    [InlineData(new[] { 25, 25, 20 }, "36 36 28")]
    [InlineData(new[] { 0, 0, 20 }, "0 0 100")]
    [InlineData(new[] { 20, 0, 60 }, "28 0 72")]
    public void What_the_tiers_can_take_together_is_scaled_up(int[] healthy, string parts)
    {
        using var fleet = new Fleet(new HealthRules { PanicBelow = 0 });
        foreach (var (priority, percent) in healthy.Index())
        {
            AddTier(fleet, priority, percent);
        }

        Assert.Equal(parts, Parts(fleet, healthy.Length));
    }

    [Fact]
    public void Degraded_ones_get_what_the_healthy_cannot_take()
    {
        using var fleet = Fleet.Of(1, 1, 1, 1);
        fleet.Judge("a", ProbeVerdict.Degraded);
        Assert.Equal([(3, 100), (1, 0)], Sizes(fleet));
        fleet.Judge("b", ProbeVerdict.Degraded);
        Assert.Equal([(2, 70), (2, 30)], Sizes(fleet));
        fleet.Judge("c", ProbeVerdict.Degraded);
        fleet.Judge("d", ProbeVerdict.Degraded);
        Assert.Equal([(4, 100)], Sizes(fleet));
    }

    [Fact]
    public void Backends_of_the_own_zone_are_preferred_while_enough_are_well()
    {
        using var fleet = new Fleet(new HealthRules { Zone = "here" });
        fleet.AddUp([In("a", "here"), In("b", "here"), In("c", "there"), In("d", "")]);
        var selector = fleet.Select("round-robin");
        Assert.Equal(["a", "b"], Enumerable.Range(0, 100).Select(_ => fleet.Pass(selector)).Distinct().Order());

        fleet.Judge("b", ProbeVerdict.Down);
        Assert.Equal([(1, 70), (2, 30)], Sizes(fleet));
        fleet.Judge("a", ProbeVerdict.Down);
        Assert.Equal(["c", "d"], Enumerable.Range(0, 100).Select(_ => fleet.Pass(selector)).Distinct().Order());
    }

    [Fact]
    public void Spill_over_comes_as_often_as_it_should()
    {
        using var fleet = new Fleet();
        AddTier(fleet, 0, 50);
        AddTier(fleet, 1, 100);
        var selector = fleet.Select("random");
        var second = Enumerable.Range(0, 100_000).Count(_ => fleet.Assign(selector).Priority == 1);
        Assert.InRange(second, 29_400, 30_600);
    }

    [Fact]
    public void A_tier_without_room_spills_over_too()
    {
        using var fleet = new Fleet();
        fleet.AddUp([Limited("a", 2, priority: 0), Limited("b", 0, priority: 1)]);
        var selector = fleet.Select("round-robin");
        Assert.Equal(["a", "a", "b", "b"], Enumerable.Range(0, 4).Select(_ => fleet.Assign(selector).Id));
    }

    [Fact]
    public void Panic_lets_those_back_in_whose_traffic_failed_but_not_those_whose_probes_fail()
    {
        using var fleet = Fleet.Of(1, 1, 1, 1);
        Assert.True(fleet.Directory.Eject(fleet["a"].Backend, TransitionKind.ConsecutiveFailures, "failed"));
        Assert.False(fleet.Directory.Current.IsPanicking);
        fleet.Judge("b", ProbeVerdict.Down);
        Assert.False(fleet.Directory.Current.IsPanicking);
        fleet.Judge("c", ProbeVerdict.Down);

        Assert.True(fleet.Directory.Current.IsPanicking);
        Assert.Equal(["a", "d"], fleet.Directory.Current.Eligible.Select(static status => status.Backend.Id));
        fleet.Judge("d", ProbeVerdict.Down);
        Assert.Equal(["a"], fleet.Directory.Current.Eligible.Select(static status => status.Backend.Id));
        fleet.Judge("a", ProbeVerdict.Down);
        Assert.Empty(fleet.Directory.Current.Eligible);
        Assert.False(fleet.Directory.Current.IsPanicking);
    }

    [Fact]
    public void Another_tier_is_better_than_panic()
    {
        using var fleet = new Fleet();
        fleet.AddUp([Fleet.Options("a"), Fleet.Options("b"), Fleet.Options("c", priority: 1), Fleet.Options("d", priority: 1)]);
        Assert.True(fleet.Directory.Eject(fleet["a"].Backend, TransitionKind.ConsecutiveFailures, "failed"));
        fleet.Judge("b", ProbeVerdict.Down);

        Assert.False(fleet.Directory.Current.IsPanicking);
        Assert.Equal(["c", "d"], fleet.Directory.Current.Eligible.Select(static status => status.Backend.Id));
    }

    // Finagle: a pick that looks at two of which a part p is down, and tries again up to n times, finds none well with a chance of p^(2n). Ours
    // looks at those that are well only, so it never finds none while there is one: the formula with n without bound.
    [Fact]
    public void While_one_is_well_it_is_always_found()
    {
        using var fleet = Fleet.Of([.. Enumerable.Repeat(1, 100)]);
        foreach (var status in fleet.Directory.Current.All[1..])
        {
            fleet.Directory.Judge(status.Backend, ProbeVerdict.Down, "down");
            foreach (var policy in AkkaPerf.Balancing.BalancingPolicies.Names)
            {
                Assert.NotEqual(ProbeVerdict.Down, fleet[fleet.Pass(fleet.Select(policy))].Probe);
            }
        }
    }

    private static BackendOptions In(string id, string zone) => new() { Id = id, Address = new Uri($"http://{id}.test"), Zone = zone };

    private static BackendOptions Limited(string id, int limit, int priority) =>
        new() { Id = id, Address = new Uri($"http://{id}.test"), MaxInFlight = limit, Priority = priority };

    // A hundred of which this many are well.
    private static void AddTier(Fleet fleet, int priority, int healthy)
    {
        var backends = fleet.Directory.Update([.. Enumerable.Range(0, 100).Select(i => Fleet.Options($"{priority}-{i}", priority: priority))], []);
        foreach (var (index, backend) in backends.Index())
        {
            fleet.Directory.Judge(backend, index < healthy ? ProbeVerdict.Up : ProbeVerdict.Down, "test");
        }
    }

    private static string Parts(Fleet fleet, int tiers)
    {
        var parts = fleet.Directory.Current.Parts.ToDictionary(static part => part.Group[0].Backend.Priority, static part => part.Percent);
        return string.Join(' ', Enumerable.Range(0, tiers).Select(tier => parts.GetValueOrDefault(tier)));
    }

    private static (int Count, int Percent)[] Sizes(Fleet fleet) => [.. fleet.Directory.Current.Parts.Select(static part => (part.Group.Count, part.Percent))];
}
