using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Balancing.Policies;
using AkkaPerf.Statistics;
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
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void The_point_after_a_hash_is_found_wherever_it_lies(int count)
    {
        var members = new BackendMembers([.. Enumerable.Range(0, count).Select(static i => (Fleet.NewBackend($"b{i}"), 1 + (i % 3)))], before: null);
        var ring = new HashRing(members);
        var points = members.All.SelectMany(static member => Enumerable.Range(0, member.Weight * 160).Select(i => StableHash.Of(member.Backend.Id, (ulong)i))).Order().ToArray();
        Assert.Equal(points.Length, ring.Count);
        var random = new Random(count);
        var hashes = points.SelectMany(static point => new[] { point - 1, point, point + 1 })
            .Concat(new ulong[] { 0, 1, ulong.MaxValue, ulong.MaxValue - 1, 1UL << 63, (1UL << 63) - 1 })
            .Concat(Enumerable.Range(0, 10_000).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue)));
        foreach (var hash in hashes)
        {
            var expected = Array.BinarySearch(points, hash);
            expected = expected < 0 ? ~expected : expected;
            Assert.Equal(expected == points.Length ? 0 : expected, ring.After(hash));
        }
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
    public void The_bound_is_by_weight_and_whoever_is_over_it_passes_the_rest_on(string policy)
    {
        int[] weights = [1, 2, 5, 10, 0, 40];
        using var fleet = Fleet.Of(weights);
        var selector = fleet.Select(policy);
        var random = new Random(3);
        for (var total = 1; total <= 2000; total++)
        {
            // Half of it one hot key, the rest anybody's; everything stays in flight.
            fleet.Assign(selector, random.Next(2) == 0 ? "hot" : $"{random.Next()}");
            foreach (var status in fleet.Directory.Current.All)
            {
                var bound = status.Weight == 0 ? 0 : Math.Max(1, Math.Ceiling((total * 1.25 * status.Weight / weights.Sum()) - 1e-3));
                Assert.True(status.Backend.InFlight <= bound, $"{status.Backend.Id} has {status.Backend.InFlight} of {total}, and may have {bound}.");
            }
        }

        Assert.Equal(2000, fleet.Directory.Current.All.Sum(static status => status.Backend.InFlight));
        Assert.All(fleet.Directory.Current.All, status => Assert.True(status.Weight == 0 || status.Backend.InFlight > 0));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_hot_key_stays_where_it_is_as_long_as_its_owners_weight_allows(string policy)
    {
        using var fleet = Fleet.Of(1, 1, 6);
        var selector = fleet.Select(policy);
        var hot = Enumerable.Range(0, 1000).Select(static i => $"hot:{i}").First(key => fleet.Pass(selector, key) == "c");
        var owners = Enumerable.Range(0, 800).Select(_ => fleet.Assign(selector, hot).Id).CountBy(static id => id).ToDictionary();

        // 1.25 times six eighths of 800.
        Assert.Equal(750, owners["c"]);
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
        var book = fleet.Book("round-robin");
        var selector = new BackendSelector(fleet.Directory, book, new Random(1));
        var began = fleet.Time.GetTimestamp();
        var backends = Enumerable.Range(0, 10).Select(_ => fleet.Assign(selector)).ToArray();
        book.Use("maglev");
        Assert.Equal(10, fleet.Directory.Current.Parts[0].Group.InFlight(now: 1, longest: 1));
        fleet.Time.Advance(TimeSpan.FromSeconds(1));
        fleet.Assign(selector, "key");
        Assert.Equal(11, fleet.Directory.Current.Parts[0].Group.InFlight(now: 1, longest: 1));
        Array.ForEach(backends, backend => fleet.End(backend, assignedAt: began));
        Assert.Equal(1, fleet.Directory.Current.Parts[0].Group.InFlight(now: 1, longest: 1));
    }

    [Fact]
    public void What_runs_on_removed_backends_when_a_policy_begins_to_count_lowers_no_total()
    {
        using var fleet = Fleet.Of(1, 1, 1, 1);
        var book = fleet.Book("round-robin");
        var selector = new BackendSelector(fleet.Directory, book, new Random(1));
        var began = fleet.Time.GetTimestamp();
        var older = Enumerable.Range(0, 40).Select(_ => fleet.Assign(selector)).ToLookup(static backend => backend.Id is "a" or "b");
        fleet.Directory.Update([], ["a", "b"]);
        fleet.Time.Advance(TimeSpan.FromSeconds(1));
        book.Use("consistent-hash");
        Assert.Equal(20, fleet.Directory.Current.Parts[0].Group.InFlight(now: 1, longest: 1));

        // From a moment later each one counts.
        fleet.Time.Advance(TimeSpan.FromSeconds(1));
        var newer = Enumerable.Range(0, 10).Select(_ => fleet.Assign(selector, "hot")).ToList();
        Assert.Equal(30, fleet.Directory.Current.Parts[0].Group.InFlight(now: 1, longest: 1));
        End(older[true]);
        Assert.Equal(30, fleet.Directory.Current.Parts[0].Group.InFlight(now: 1, longest: 1));
        End(older[false]);
        Assert.Equal(10, fleet.Directory.Current.Parts[0].Group.InFlight(now: 1, longest: 1));

        newer.ForEach(backend => fleet.End(backend));
        Assert.Equal(0, fleet.Directory.Current.Parts[0].Group.InFlight(now: 1, longest: 1));
        for (var total = 1; total <= 100; total++)
        {
            fleet.Assign(selector, "hot");
            Assert.InRange(fleet["c"].Backend.InFlight, 0, Math.Ceiling(total * 1.25 / 2));
            Assert.InRange(fleet["d"].Backend.InFlight, 0, Math.Ceiling(total * 1.25 / 2));
        }

        Assert.Equal(63, Math.Max(fleet["c"].Backend.InFlight, fleet["d"].Backend.InFlight));

        void End(IEnumerable<Backend> backends)
        {
            foreach (var backend in backends)
            {
                fleet.End(backend, assignedAt: began);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_bound_holds_while_exchanges_end_too(string policy)
    {
        using var fleet = Fleet.Of([.. Enumerable.Range(0, 17).Select(static i => 1 + (i % 3))]);
        var selector = fleet.Select(policy);
        var shares = (double)fleet.Directory.Current.All.Sum(static status => status.Weight);
        var total = 0;
        for (var i = 0; i < 500; i++)
        {
            var got = fleet.Assign(selector, "hot");
            total++;
            Assert.InRange(got.InFlight, 1, Math.Max(1, Math.Ceiling(total * 1.25 * fleet[got.Id].Weight / shares)));
            if (i % 3 == 2)
            {
                fleet.End(fleet.Directory.Current.All.MaxBy(static status => status.Backend.InFlight)!.Backend);
                total--;
            }
        }

        Assert.Equal(total, fleet.Directory.Current.All.Sum(static status => status.Backend.InFlight));
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

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_tier_that_was_down_as_a_whole_gets_its_keys_back_by_the_same_table(string policy)
    {
        using var fleet = new Fleet();
        fleet.AddUp([Fleet.Options("a"), Fleet.Options("b"), Fleet.Options("c", priority: 1), Fleet.Options("d", priority: 1)]);
        var selector = fleet.Select(policy);
        var members = fleet.Directory.Current.Parts[0].Group.Members;
        fleet.Judge("a", ProbeVerdict.Down);
        fleet.Judge("b", ProbeVerdict.Down);
        Assert.Contains(fleet.Pass(selector, "key"), "cd", StringComparison.Ordinal);
        fleet.Judge("a", ProbeVerdict.Up);
        fleet.Judge("b", ProbeVerdict.Up);
        Assert.Same(members, fleet.Directory.Current.Parts[0].Group.Members);
    }

    [Fact]
    public void A_policy_that_follows_another_has_its_table_before_its_first_pick()
    {
        using var fleet = Fleet.Of([.. Enumerable.Repeat(1, 1000)]);
        var book = fleet.Book("maglev");
        var members = fleet.Directory.Current.Parts[0].Group.Members;
        var maglev = members.Table<MaglevTable>(static _ => throw new InvalidOperationException("It is there."));
        book.Use("consistent-hash");

        // Both: whoever has begun to pick by the one before goes on with it.
        Assert.NotNull(members.Table<HashRing>(static _ => throw new InvalidOperationException("It is there.")));
        Assert.Same(maglev, members.Table<MaglevTable>(static _ => throw new InvalidOperationException("It is there.")));
    }

    [Fact]
    public void While_the_very_first_table_of_many_is_made_a_key_keeps_its_backend_too()
    {
        using var fleet = new Fleet();
        var selector = fleet.Select("maglev");
        fleet.AddUp([.. Enumerable.Repeat(1, 1000)]);

        // Whether that table is there or not, nobody waits for it.
        Assert.Equal(Selection.Found, selector.TryAssign("key", tried: null, fleet.Time.GetTimestamp(), out var first));
        Assert.NotNull(first);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_bound_is_of_what_the_own_tier_has_in_flight(string policy)
    {
        using var fleet = new Fleet();
        fleet.AddUp([Fleet.Options("a"), Fleet.Options("b"), Fleet.Options("c", priority: 1)]);
        var selector = fleet.Select(policy);
        var other = fleet["c"].Backend;
        for (var i = 0; i < 100; i++)
        {
            Assert.True(other.TryAssign(limit: 0, fleet.Time.GetTimestamp()));
        }

        for (var i = 0; i < 20; i++)
        {
            fleet.Assign(selector, "hot");
        }

        Assert.InRange(fleet["a"].Backend.InFlight, 7, 13);
        Assert.Equal((20, 100), (fleet["a"].Backend.InFlight + fleet["b"].Backend.InFlight, other.InFlight));
    }

    [Fact]
    public void Who_picks_from_an_older_set_finds_everybody_at_the_place_of_that_set()
    {
        using var fleet = Fleet.Of(1, 1, 1);
        var group = fleet.Directory.Current.Parts[0].Group;
        var backends = group.AsSpan().ToArray().Select(static status => status.Backend).ToArray();
        fleet.Judge("a", ProbeVerdict.Down);
        Assert.Equal([0, 1, 2], backends.Select(group.IndexOf));
        Assert.Equal([-1, 0, 1], backends.Select(fleet.Directory.Current.Parts[0].Group.IndexOf));
    }

    private static string[] Owners(Fleet fleet, BackendSelector selector) => [.. Enumerable.Range(0, Keys).Select(i => fleet.Pass(selector, $"user:{i}"))];
}
