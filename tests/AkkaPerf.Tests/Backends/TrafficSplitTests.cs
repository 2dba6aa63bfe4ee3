using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Balancing.Policies;
using AkkaPerf.Statistics;
using AkkaPerf.Tests.Statistics;

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

    // One heavy backend that is well beside light ones that are not, and the other way round: what counts is weight, not heads.
    [Theory]
    [InlineData(100, "100 0")]
    [InlineData(72, "100 0")]
    [InlineData(71, "99 1")]
    [InlineData(50, "70 30")]
    [InlineData(25, "35 65")]
    [InlineData(1, "1 99")]
    [InlineData(0, "0 100")]
    public void The_rows_are_the_same_by_weight(int healthy, string parts)
    {
        foreach (var (well, unwell) in new[] { (1, 5), (5, 1) })
        {
            using var fleet = new Fleet(new HealthRules { PanicBelow = 0 });
            AddWeighted(fleet, 0, [(ProbeVerdict.Up, healthy, well), (ProbeVerdict.Down, 100 - healthy, unwell)]);
            AddWeighted(fleet, 1, [(ProbeVerdict.Up, 100, 3)]);
            Assert.Equal(parts, Parts(fleet, tiers: 2));
        }
    }

    // Envoy's documentation, "Degraded endpoints"; by heads and by weight.
    [Theory]
    [InlineData(100, 0, 0, "100 0")]
    [InlineData(71, 0, 29, "100 0")]
    [InlineData(71, 29, 0, "99 1")]
    [InlineData(25, 65, 10, "35 65")]
    [InlineData(5, 0, 95, "100 0")]
    public void Degraded_ones_get_what_envoys_table_says(int healthy, int degraded, int down, string parts)
    {
        foreach (var heads in new[] { 0, 1, 3 })
        {
            using var fleet = new Fleet(new HealthRules { PanicBelow = 0 });
            AddWeighted(fleet, 0, [(ProbeVerdict.Up, healthy, heads), (ProbeVerdict.Degraded, degraded, 4 - heads), (ProbeVerdict.Down, down, heads)]);
            var percents = fleet.Directory.Current.Parts.ToDictionary(static part => part.Group[0].Health, static part => part.Percent);
            Assert.Equal(parts, $"{percents.GetValueOrDefault(BackendHealth.Healthy)} {percents.GetValueOrDefault(BackendHealth.Degraded)}");
        }
    }

    // The degraded of the first tier come after the healthy of all tiers.
    [Theory]
    [InlineData(50, 50, 100, 0, "70 30 0 0")]
    [InlineData(50, 50, 10, 90, "70 14 16 0")]
    [InlineData(20, 30, 20, 30, "28 28 42 2")]
    [InlineData(0, 100, 0, 100, "0 0 100 0")]
    [InlineData(10, 10, 10, 10, "25 25 25 25")]
    public void Healthy_ones_of_every_tier_come_before_degraded_ones_of_any(int healthy, int degraded, int otherHealthy, int otherDegraded, string parts)
    {
        using var fleet = new Fleet(new HealthRules { PanicBelow = 0 });
        AddWeighted(fleet, 0, [(ProbeVerdict.Up, healthy, 2), (ProbeVerdict.Degraded, degraded, 3), (ProbeVerdict.Down, 100 - healthy - degraded, 1)]);
        AddWeighted(fleet, 1, [(ProbeVerdict.Up, otherHealthy, 3), (ProbeVerdict.Degraded, otherDegraded, 1), (ProbeVerdict.Down, 100 - otherHealthy - otherDegraded, 2)]);
        var percents = fleet.Directory.Current.Parts.ToDictionary(static part => (part.Group[0].Health, part.Group[0].Backend.Priority), static part => part.Percent);
        (BackendHealth, int)[] order = [(BackendHealth.Healthy, 0), (BackendHealth.Healthy, 1), (BackendHealth.Degraded, 0), (BackendHealth.Degraded, 1)];
        Assert.Equal(parts, string.Join(' ', order.Select(one => percents.GetValueOrDefault(one))));
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

    // Finagle: a pick that looks at two of which a part p is no good, and tries again up to n times, finds none with a chance of p^(2n). Our sample
    // of two has that chance too (it never draws the same one twice, so a little less); but who is not well is not in it, and after one sample
    // in vain the selector looks at all.
    [Theory]
    [InlineData(500, 1)]
    [InlineData(500, 2)]
    [InlineData(800, 1)]
    [InlineData(800, 3)]
    [InlineData(950, 5)]
    public void Samples_find_none_as_often_as_finagles_formula_says_and_the_selector_always_does(int full, int efforts)
    {
        using var fleet = new Fleet();
        fleet.AddUp(Enumerable.Range(0, 1000).Select(static i => Limited(Fleet.IdOf(i), limit: 1, priority: 0)));
        foreach (var status in new Random(4).GetItems(fleet.Directory.Current.All.AsSpan(), 100_000).Distinct().Take(full))
        {
            Assert.True(status.Backend.TryAssign(limit: 1, fleet.Time.GetTimestamp()));
        }

        var group = fleet.Directory.Current.Parts[0].Group;
        var policy = new LoadPolicy<FewestInFlight>(default, start: 0, all: 8, sample: 2);
        var random = new PlainRandom(5);
        var tries = Enumerable.Range(0, 100_000).Select(_ => Enumerable.Range(0, efforts).Any(_ => Finds()) ? 1 : 0);
        var none = Math.Pow(full / 1000.0 * ((full - 1) / 999.0), efforts);
        Assert.Equal(Math.Pow(full / 1000.0, 2 * efforts), none, 0.003);
        ChiSquared.AssertFits([none, 1 - none], tries, 2);
        Assert.All(Enumerable.Range(0, 1000 - full), _ => fleet.Assign(fleet.Select("power-of-two-choices")));

        bool Finds()
        {
            var context = new PickContext(group, key: null, tried: null, fleet.Time.GetTimestamp(), random);
            return context.CanTake(policy.Pick(context));
        }
    }

    [Fact]
    public void While_one_is_well_it_is_always_found()
    {
        using var fleet = Fleet.Of([.. Enumerable.Repeat(1, 100)]);
        foreach (var status in fleet.Directory.Current.All[1..])
        {
            fleet.Directory.Judge(status.Backend, ProbeVerdict.Down, "down");
            foreach (var policy in BalancingPolicies.Names)
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

    // Of each kind so many heads that weigh so much together; 0 heads = as many as it weighs.
    private static void AddWeighted(Fleet fleet, int priority, (ProbeVerdict Verdict, int Weight, int Heads)[] kinds)
    {
        foreach (var (verdict, weight, heads) in kinds.Where(static kind => kind.Weight > 0))
        {
            var count = Math.Min(weight, heads == 0 ? weight : heads);
            var backends = fleet.Directory.Update([.. Enumerable.Range(0, count).Select(i => Fleet.Options($"{priority}-{verdict}-{i}", (weight + i) / count, priority))], []);
            foreach (var backend in backends)
            {
                fleet.Directory.Judge(backend, verdict, "test");
            }
        }
    }

    private static string Parts(Fleet fleet, int tiers)
    {
        var parts = fleet.Directory.Current.Parts.ToDictionary(static part => part.Group[0].Backend.Priority, static part => part.Percent);
        return string.Join(' ', Enumerable.Range(0, tiers).Select(tier => parts.GetValueOrDefault(tier)));
    }

    private static (int Count, int Percent)[] Sizes(Fleet fleet) => [.. fleet.Directory.Current.Parts.Select(static part => (part.Group.Count, part.Percent))];
}
