using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

public class BackendSetTests
{
    [Theory]
    [InlineData(BackendHealth.Healthy, 1, false, true)]
    [InlineData(BackendHealth.Healthy, 1, true, true)]
    [InlineData(BackendHealth.Healthy, 0, false, false)]
    [InlineData(BackendHealth.Degraded, 1, false, true)]
    [InlineData(BackendHealth.Probation, 1, false, true)]
    [InlineData(BackendHealth.Draining, 1, false, false)]
    [InlineData(BackendHealth.Disabled, 1, true, false)]
    [InlineData(BackendHealth.Unknown, 1, false, false)]
    [InlineData(BackendHealth.Unknown, 1, true, true)]
    [InlineData(BackendHealth.Unknown, 0, true, false)]
    [InlineData(BackendHealth.Unhealthy, 1, false, false)]
    [InlineData(BackendHealth.Unhealthy, 1, true, false)]
    public void Eligible_is_who_is_well_weighted_and_in_use(BackendHealth health, int weight, bool unknownIsEligible, bool isEligible)
    {
        var set = SetOf(unknownIsEligible, Status("a", health, weight), Status("b", BackendHealth.Healthy));
        Assert.Equal(isEligible ? ["a", "b"] : ["b"], set.Eligible.Select(status => status.Backend.Id).Order());
    }

    [Fact]
    public void Not_everyone_has_a_verdict_while_one_is_unknown()
    {
        BackendStatus[] all = [Status("a", BackendHealth.Healthy), Status("b", BackendHealth.Unknown)];
        Assert.False(SetOf(unknownIsEligible: false, all).EveryoneHasVerdict);
        Assert.True(SetOf(unknownIsEligible: true, all).EveryoneHasVerdict);
    }

    [Fact]
    public void A_bad_verdict_is_a_verdict()
    {
        var set = SetOf(unknownIsEligible: false, Status("a", BackendHealth.Unhealthy));
        Assert.True(set.EveryoneHasVerdict);
        Assert.Empty(set.Eligible);
    }

    [Fact]
    public void The_eligible_keep_the_order_of_all()
    {
        var set = SetOf(
            unknownIsEligible: false, Status("c", BackendHealth.Healthy), Status("a", BackendHealth.Unhealthy), Status("b", BackendHealth.Healthy));
        Assert.Equal(["c", "b"], set.Eligible.Select(status => status.Backend.Id));
    }

    [Fact]
    public void The_empty_set_has_nobody_to_pick()
    {
        Assert.Equal(0, BackendSet.Empty.Version);
        Assert.Empty(BackendSet.Empty.Eligible);
    }

    private static BackendSet SetOf(bool unknownIsEligible, params BackendStatus[] all)
    {
        var rules = new HealthRules { UnknownIsEligible = unknownIsEligible };
        var roster = new BackendRoster(new PeerRules(rules, TimeProvider.System));
        roster.Reset([.. all]);
        return new BackendSet(roster.Publish(), rules, BackendSet.Empty);
    }

    private static BackendStatus Status(string id, BackendHealth health, int weight = 1) =>
        new(Fleet.NewBackend(id), weight, health, "", DateTimeOffset.UnixEpoch);
}
