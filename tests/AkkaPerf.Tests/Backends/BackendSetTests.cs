using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

public class BackendSetTests
{
    [Theory]
    [InlineData(BackendHealth.Healthy, 1, false, false, true)]
    [InlineData(BackendHealth.Healthy, 1, false, true, true)]
    [InlineData(BackendHealth.Healthy, 0, false, false, false)]
    [InlineData(BackendHealth.Healthy, 1, true, false, false)]
    [InlineData(BackendHealth.Unknown, 1, false, false, false)]
    [InlineData(BackendHealth.Unknown, 1, false, true, true)]
    [InlineData(BackendHealth.Unknown, 0, false, true, false)]
    [InlineData(BackendHealth.Unknown, 1, true, true, false)]
    [InlineData(BackendHealth.Unhealthy, 1, false, false, false)]
    [InlineData(BackendHealth.Unhealthy, 1, false, true, false)]
    public void Eligible_is_who_is_well_weighted_and_not_draining(
        BackendHealth health, int weight, bool isDraining, bool unknownIsEligible, bool isEligible)
    {
        var set = new BackendSet([Status("a", health, weight, isDraining)], unknownIsEligible, version: 1);
        Assert.Equal(isEligible, set.Eligible.Length == 1);
    }

    [Fact]
    public void Not_everyone_has_a_verdict_while_one_is_unknown()
    {
        BackendStatus[] all = [Status("a", BackendHealth.Healthy), Status("b", BackendHealth.Unknown)];
        Assert.False(new BackendSet([.. all], unknownIsEligible: false, version: 1).EveryoneHasVerdict);
        Assert.True(new BackendSet([.. all], unknownIsEligible: true, version: 1).EveryoneHasVerdict);
    }

    [Fact]
    public void A_bad_verdict_is_a_verdict()
    {
        var set = new BackendSet([Status("a", BackendHealth.Unhealthy)], unknownIsEligible: false, version: 1);
        Assert.True(set.EveryoneHasVerdict);
        Assert.Empty(set.Eligible);
    }

    [Fact]
    public void The_eligible_keep_the_order_of_all()
    {
        var set = new BackendSet(
            [Status("c", BackendHealth.Healthy), Status("a", BackendHealth.Unhealthy), Status("b", BackendHealth.Healthy)],
            unknownIsEligible: false,
            version: 1);
        Assert.Equal(["c", "b"], set.Eligible.Select(status => status.Backend.Id));
    }

    [Fact]
    public void The_empty_set_has_nobody_to_pick()
    {
        Assert.Equal(0, BackendSet.Empty.Version);
        Assert.Empty(BackendSet.Empty.Eligible);
    }

    private static BackendStatus Status(string id, BackendHealth health, int weight = 1, bool isDraining = false) =>
        new(new Backend(id, new Uri("http://a.test")), weight, health, isDraining, "", DateTimeOffset.UnixEpoch);
}
