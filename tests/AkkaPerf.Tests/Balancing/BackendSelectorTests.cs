using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Tests.Backends;

namespace AkkaPerf.Tests.Balancing;

public sealed class BackendSelectorTests
{
    public static TheoryData<string> Policies { get; } = [.. BalancingPolicies.Names];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Nobody_gets_more_than_fits_and_all_that_fits_is_used(string policy)
    {
        using var fleet = new Fleet();
        fleet.AddUp([Limited("a", 3), Limited("b", 1), Limited("c", 6)]);
        var selector = fleet.Select(policy);
        var assigned = new List<Backend>();
        for (var i = 0; i < 10; i++)
        {
            Assert.True(selector.HasRoom());
            assigned.Add(fleet.Assign(selector, $"{i}"));
        }

        Assert.False(selector.HasRoom());
        Assert.Equal(Selection.AllFull, selector.TryAssign("more", tried: null, fleet.Time.GetTimestamp(), out _));
        Assert.Equal([3, 1, 6], fleet.Directory.Current.All.Select(static status => status.Backend.InFlight));
        fleet.End(assigned.First(static backend => backend.Id == "b"));
        Assert.True(selector.HasRoom());
        Assert.Equal("b", fleet.Assign(selector, "more").Id);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task Threads_never_exceed_a_limit(string policy)
    {
        using var fleet = new Fleet();
        fleet.AddUp([Limited("a", 2), Limited("b", 3)]);
        var selector = fleet.Select(policy);
        var exceeded = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                if (selector.TryAssign($"{worker}-{i}", tried: null, i, out var backend) == Selection.Found)
                {
                    exceeded += backend!.InFlight > backend.MaxInFlight ? 1 : 0;
                    backend.Ended(BackendOutcome.Success, i, i + 1);
                }
            }
        })));

        Assert.Equal(0, exceeded);
        Assert.All(fleet.Directory.Current.All, static status => Assert.Equal(0, status.Backend.InFlight));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Those_tried_are_not_picked_again(string policy)
    {
        using var fleet = Fleet.Of(1, 1, 1, 1);
        var selector = fleet.Select(policy);
        for (var round = 0; round < 100; round++)
        {
            var tried = new TriedBackends();
            for (var i = 0; i < 4; i++)
            {
                var backend = fleet.Assign(selector, "key", tried);
                Assert.False(tried.Contains(backend));
                tried.Add(backend);
                fleet.End(backend);
            }

            Assert.False(selector.HasAnother(tried));
            Assert.Equal(Selection.AllTried, selector.TryAssign("key", tried, fleet.Time.GetTimestamp(), out _));
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Only_the_eligible_are_picked_whatever_becomes_of_them(string policy)
    {
        var random = new Random(7);
        using var fleet = new Fleet(new HealthRules { SlowStart = TimeSpan.FromSeconds(5) });
        fleet.AddUp([.. Enumerable.Range(0, 12).Select(i => Fleet.Options(Fleet.IdOf(i), 1 + (i % 3), i / 6))]);
        var selector = fleet.Select(policy);
        for (var i = 0; i < 3000; i++)
        {
            Disturb(fleet, random);
            var selection = selector.TryAssign($"{i % 50}", tried: null, fleet.Time.GetTimestamp(), out var backend);
            var eligible = fleet.Directory.Current.Eligible;
            Assert.Equal(eligible.IsEmpty, selection == Selection.NoneEligible);
            if (backend is not null)
            {
                Assert.Contains(eligible, status => ReferenceEquals(status.Backend, backend));
                fleet.End(backend, (BackendOutcome)random.Next(6));
            }
        }
    }

    [Fact]
    public void One_on_probation_gets_one_at_a_time()
    {
        using var fleet = new Fleet(new HealthRules { EjectionTime = TimeSpan.FromSeconds(1) });
        fleet.AddUp(1, 1);
        var selector = fleet.Select("round-robin");
        Assert.True(fleet.Directory.Eject(fleet["a"].Backend, TransitionKind.ConsecutiveFailures, "failed"));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal("b", fleet.Pass(selector)));
        fleet.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(BackendHealth.Probation, fleet["a"].Health);
        Assert.Single(Enumerable.Range(0, 10), _ => fleet.Assign(selector).Id == "a");
    }

    [Fact]
    public void Probes_are_not_the_selectors_business()
    {
        using var fleet = Fleet.Of(1);
        fleet.Judge("a", ProbeVerdict.Down);
        Assert.Equal(Selection.NoneEligible, fleet.Select("random").TryAssign(key: null, tried: null, 1, out var backend));
        Assert.Null(backend);
    }

    // Beyond 64 and 8 samples are drawn, beyond 256 memory is asked for ahead, beyond 512 tables are made beside.
    [Theory]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(300)]
    [InlineData(10_000)]
    public void Picks_allocate_nothing_whatever_the_policy(int count)
    {
        using var fleet = Fleet.Of([.. Enumerable.Range(0, count).Select(static i => 1 + (i % 3))]);
        foreach (var status in fleet.Directory.Current.All)
        {
            // Whoever answers for the first time gets a place for it.
            Assert.True(status.Backend.TryAssign(limit: 0, now: 1));
            fleet.End(status.Backend);
        }

        foreach (var policy in BalancingPolicies.Names)
        {
            var selector = fleet.Select(policy);
            Assert.Equal((policy, 0), (policy, Allocations.OfOneWarm(() =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    selector.TryAssign("key", tried: null, i, out var backend);
                    backend!.Ended(BackendOutcome.Success, i, i + 1);
                }
            })));
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_only_one_is_picked_whatever_is_asked(string policy)
    {
        using var fleet = Fleet.Of(3);
        var selector = fleet.Select(policy);
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal("a", fleet.Pass(selector, i % 2 == 0 ? $"{i}" : null)));
    }

    private static BackendOptions Limited(string id, int limit) => new() { Id = id, Address = new Uri($"http://{id}.test"), MaxInFlight = limit };

    private static void Disturb(Fleet fleet, Random random)
    {
        var all = fleet.Directory.Current.All;
        var status = all[random.Next(all.Length)];
        switch (random.Next(9))
        {
            case 0 or 1:
                fleet.Directory.Judge(status.Backend, (ProbeVerdict)random.Next(1, 4), "test");
                break;
            case 2:
                fleet.Directory.Eject(status.Backend, TransitionKind.SuccessRate, "test");
                break;
            case 3:
                fleet.Directory.Drain(status.Backend.Id, random.Next(2) == 0);
                break;
            case 4:
                fleet.Directory.SetWeight(status.Backend.Id, random.Next(4));
                break;
            case 5:
                fleet.Directory.Enable(status.Backend.Id, random.Next(3) > 0);
                break;
            case 6:
                fleet.Time.Advance(TimeSpan.FromMilliseconds(random.Next(3000)));
                break;
            case 7:
                fleet.Directory.TrialEnded(status.Backend, random.Next(2) == 0, "test");
                break;
        }
    }
}
