using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

public sealed class BackendRosterTests
{
    private readonly BackendRoster _roster = new(new PeerRules(new HealthRules(), TimeProvider.System));

    [Fact]
    public void Each_has_a_number_that_stays_and_is_given_again_when_it_is_gone()
    {
        var (a, b, c, d) = (Status("a"), Status("b"), Status("c"), Status("d"));
        _roster.Reset([a, b, c]);
        _roster.Reset([c, d, a]);

        Assert.Equal([2, 1, 0], _roster.All.Select(static status => status.Backend.Slot));
        Assert.Equal([0, 1, 2], _roster.All.Select(status => _roster.IndexOf(status.Backend)));
        Assert.Equal(-1, _roster.IndexOf(b.Backend));
        Assert.Equal(-1, _roster.IndexOf(Fleet.NewBackend("stranger")));
    }

    [Fact]
    public void What_is_published_never_changes()
    {
        _roster.Reset([Status("a"), Status("b")]);
        var published = _roster.Publish();
        Assert.False(_roster.IsDirty);
        _roster.Replace(1, published[1] with { Weight = 7 });
        _roster.Replace(0, published[0] with { Weight = 5 });

        Assert.True(_roster.IsDirty);
        Assert.Equal([1, 1], published.Select(static status => status.Weight));
        Assert.Equal([5, 7], _roster.Publish().Select(static status => status.Weight));
    }

    private static BackendStatus Status(string id) => new(Fleet.NewBackend(id), 1, BackendHealth.Healthy, "", default);
}
