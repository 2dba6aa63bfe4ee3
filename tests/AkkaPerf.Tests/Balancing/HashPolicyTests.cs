using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Tests.Backends;

namespace AkkaPerf.Tests.Balancing;

public sealed class HashPolicyTests
{
    private const int Keys = 20_000;

    public static TheoryData<string> Policies { get; } = ["consistent-hash", "maglev"];

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_same_key_goes_to_the_same_backend_in_every_process(string policy)
    {
        using var one = new Fleet(seed: 1);
        using var other = new Fleet(seed: 2);
        one.AddUp(1, 2, 3, 1, 1);
        other.AddUp(1, 2, 3, 1, 1);
        Assert.Equal(Owners(one, one.Select(policy)), Owners(other, other.Select(policy)));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Keys_are_shared_by_weight(string policy)
    {
        using var fleet = Fleet.Of(1, 2, 3, 4);
        var owners = Owners(fleet, fleet.Select(policy));
        Assert.All(Enumerable.Range(0, 4), index =>
            Assert.InRange(owners.Count(owner => owner == Fleet.IdOf(index)) / (double)Keys, 0.075 * (index + 1), 0.125 * (index + 1)));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void When_one_is_unwell_only_its_keys_move_and_they_come_back(string policy)
    {
        using var fleet = Fleet.Of(1, 1, 1, 1, 1);
        var selector = fleet.Select(policy);
        var before = Owners(fleet, selector);
        fleet.Judge("c", ProbeVerdict.Down);
        var during = Owners(fleet, selector);
        fleet.Judge("c", ProbeVerdict.Up);
        var after = Owners(fleet, selector);

        Assert.Equal(before, after);
        Assert.All(before.Zip(during), static pair => Assert.True(pair.First == pair.Second || pair.First == "c"));

        // Not all to one neighbour.
        var heirs = before.Zip(during).Where(static pair => pair.First == "c").CountBy(static pair => pair.Second).ToArray();
        Assert.Equal(4, heirs.Length);
    }

    [Theory]
    [InlineData("consistent-hash", 0.0)]
    [InlineData("maglev", 0.06)]
    public void When_one_is_added_keys_move_to_it_alone(string policy, double others)
    {
        using var fleet = Fleet.Of(1, 1, 1, 1);
        var selector = fleet.Select(policy);
        var before = Owners(fleet, selector);
        fleet.AddUp([Fleet.Options("new")]);
        var moved = before.Zip(Owners(fleet, selector)).Where(static pair => pair.First != pair.Second).ToArray();

        Assert.InRange(moved.Count(static pair => pair.Second == "new") / (double)Keys, 0.15, 0.25);
        Assert.True(moved.Count(static pair => pair.Second != "new") <= others * Keys);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Nobody_gets_more_than_its_share_times_the_bound(string policy)
    {
        using var fleet = Fleet.Of(1, 1, 1, 1, 1, 1, 1, 1);
        var selector = fleet.Select(policy);

        // One hot key, and everything stays in flight.
        for (var total = 1; total <= 1000; total++)
        {
            fleet.Assign(selector, "hot");
            var bound = Math.Max(1, Math.Ceiling(total * 1.25 / 8));
            Assert.All(fleet.Directory.Current.All, status => Assert.True(status.Backend.InFlight <= bound));
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_request_without_a_key_goes_anywhere(string policy)
    {
        using var fleet = Fleet.Of(1, 1, 1, 1);
        var selector = fleet.Select(policy);
        var picks = Enumerable.Range(0, 10_000).Select(_ => fleet.Pass(selector)).CountBy(static id => id).ToArray();
        Assert.Equal(4, picks.Length);
        Assert.All(picks, static pick => Assert.InRange(pick.Value, 1500, 3500));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void One_that_cannot_take_it_is_walked_past(string policy)
    {
        using var fleet = Fleet.Of(1, 1, 1);
        var selector = fleet.Select(policy);
        var owner = fleet[fleet.Pass(selector, "key")].Backend;
        var tried = new TriedBackends();
        tried.Add(owner);
        var second = fleet.Assign(selector, "key", tried);
        Assert.NotSame(owner, second);
        tried.Add(second);
        var third = fleet.Assign(selector, "key", tried);
        Assert.False(tried.Contains(third));
    }

    [Fact]
    public void Totals_count_what_was_in_flight_before_the_policy_came()
    {
        using var fleet = Fleet.Of(1, 1);
        var first = fleet.Select("round-robin");
        var backends = Enumerable.Range(0, 10).Select(_ => fleet.Assign(first)).ToArray();
        fleet.Assign(fleet.Select("maglev"), "key");
        Assert.Equal(11, fleet.Directory.Totals.InFlight);
        Array.ForEach(backends, backend => fleet.End(backend));
        Assert.Equal(1, fleet.Directory.Totals.InFlight);
    }

    [Fact]
    public void While_a_large_table_is_made_the_one_before_serves()
    {
        using var fleet = Fleet.Of([.. Enumerable.Repeat(1, 1000)]);
        var selector = fleet.Select("maglev");
        var before = Enumerable.Range(0, 500).Select(i => fleet.Pass(selector, $"{i}")).ToArray();
        fleet.Directory.Remove(Fleet.IdOf(500));

        // Served at once by either table: whose keys are not the removed one's stay, but for the few that move.
        var after = Enumerable.Range(0, 500).Select(i => fleet.Pass(selector, $"{i}")).ToArray();
        Assert.DoesNotContain(Fleet.IdOf(500), after);
        Assert.True(before.Zip(after).Count(static pair => pair.First == pair.Second) > 400);
    }

    private static string[] Owners(Fleet fleet, BackendSelector selector) => [.. Enumerable.Range(0, Keys).Select(i => fleet.Pass(selector, $"user:{i}"))];
}
