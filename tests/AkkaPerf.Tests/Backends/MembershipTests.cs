using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

/// <summary>A list applied to a directory as one change.</summary>
public sealed class MembershipTests : IDisposable
{
    private readonly Fleet _fleet = Fleet.Of(1, 1, 1);
    private readonly List<BackendSet> _sets = [];
    private readonly List<BackendTransition> _transitions = [];

    public MembershipTests()
    {
        _fleet.Directory.Changed += _sets.Add;
        _fleet.Directory.Transitions.Transitioned += _transitions.Add;
    }

    [Fact]
    public void Additions_removals_weights_and_switches_are_one_change()
    {
        var (a, b) = (_fleet["a"].Backend, _fleet["b"].Backend);
        Assert.Empty(Apply(null, New("d"), New("b", weight: 5), New("a", enabled: false)));
        Assert.Single(_sets);
        Assert.Equal(["a", "b", "d"], Ids());
        Assert.Same(a, _fleet["a"].Backend);
        Assert.Same(b, _fleet["b"].Backend);
        Assert.Equal((BackendHealth.Disabled, "disabled by its source"), (_fleet["a"].Health, _fleet["a"].Cause));
        Assert.Equal((5, BackendHealth.Healthy), (_fleet["b"].Weight, _fleet["b"].Health));
        Assert.Equal(
            [("a", TransitionKind.Manual), ("d", TransitionKind.Added), ("c", TransitionKind.Removed)],
            _transitions.Select(transition => (transition.Backend.Id, transition.Kind)));
    }

    [Fact]
    public void The_same_list_again_is_no_change()
    {
        var list = new[] { New("a"), New("b", weight: 2) };
        Apply(null, list);
        var before = _fleet.Directory.Current;
        Apply(null, list);
        Assert.Same(before, _fleet.Directory.Current);
    }

    [Theory]
    [InlineData("address")]
    [InlineData("host")]
    [InlineData("zone")]
    [InlineData("priority")]
    [InlineData("max-in-flight")]
    [InlineData("max-connections")]
    public void A_backend_that_became_another_one_is_replaced_in_its_place(string what)
    {
        var before = _fleet["b"].Backend;
        before.TryAssign(0, _fleet.Time.GetTimestamp());
        var changed = New("b");
        switch (what)
        {
            case "address":
                changed.Address = new Uri("http://b.test:81");
                break;
            case "host":
                changed.Host = "shop.test";
                break;
            case "zone":
                changed.Zone = "east";
                break;
            case "priority":
                changed.Priority = 1;
                break;
            case "max-in-flight":
                changed.MaxInFlight = 1;
                break;
            default:
                changed.MaxConnections = 1;
                break;
        }

        Apply(null, New("a"), changed, New("c"));
        Assert.Equal(["a", "b", "c"], Ids());
        Assert.NotSame(before, _fleet["b"].Backend);
        Assert.Equal(BackendHealth.Unknown, _fleet["b"].Health);
        Assert.Single(_sets);

        // What runs on the one before ends normally, and belongs to it.
        Assert.Equal((1, 0), (before.InFlight, _fleet["b"].Backend.InFlight));
        _fleet.End(before);
        Assert.Equal((1, 0L), (before.Succeeded, _fleet.Directory.InFlight()));
    }

    [Fact]
    public void Others_backends_are_left_alone_and_their_ids_are_passed_over()
    {
        Assert.Equal(["a"], Apply(["b"], New("a", weight: 9), New("d")));
        Assert.Equal(["a", "c", "d"], Ids());
        Assert.Equal(1, _fleet["a"].Weight);
    }

    [Fact]
    public void A_list_with_a_fault_changes_nothing()
    {
        Assert.Throws<ArgumentException>(() => Apply(null, New("a"), New("a")));
        Assert.Throws<ArgumentException>(() => Apply(null, New("x"), New("not valid")));
        Assert.Throws<ArgumentException>(() => Apply(null, New("x", weight: 1001)));
        Assert.Empty(_sets);
        Assert.Equal(["a", "b", "c"], Ids());
    }

    [Fact]
    public void An_empty_list_is_nobody()
    {
        Apply(null);
        Assert.Empty(_fleet.Directory.Current.All);
    }

    public void Dispose() => _fleet.Dispose();

    private static BackendOptions New(string id, int weight = 1, bool enabled = true) =>
        new() { Id = id, Address = new Uri($"http://{id.Replace(' ', '-')}.test"), Weight = weight, Enabled = enabled };

    private IReadOnlyList<string> Apply(HashSet<string>? owned, params BackendOptions[] wanted) => _fleet.Directory.Apply(wanted, owned);

    private IEnumerable<string> Ids() => _fleet.Directory.Current.All.Select(status => status.Backend.Id);
}
