using System.ComponentModel.DataAnnotations;
using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Tests.Backends;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Balancing;

public sealed class BalancerTests
{
    [Fact]
    public void Picks_and_learns_without_a_pipeline()
    {
        using var balancer = Create("least-connections", "a", "b");
        Assert.True(balancer.TryPick(out var one));
        Assert.True(balancer.TryPick(out var other));
        Assert.NotSame(one.Backend, other.Backend);
        one.Complete(BackendOutcome.Success);
        other.Complete(BackendOutcome.Failure);
        Assert.Equal((1, 0), (one.Backend.Succeeded, one.Backend.Failed));
        Assert.Equal((0, 1), (other.Backend.Succeeded, other.Backend.Failed));
    }

    [Fact]
    public void Lease_reports_exactly_once_also_when_what_is_behind_it_is_used_again()
    {
        using var balancer = Create("round-robin", "a");
        Assert.True(balancer.TryPick(out var first));
        first.Complete(BackendOutcome.Success);
        Assert.True(balancer.TryPick(out var second));
        first.Complete(BackendOutcome.Failure);
        default(BackendLease).Complete(BackendOutcome.Failure);
        Assert.Equal((1, 1, 0), (second.Backend.InFlight, second.Backend.Succeeded, second.Backend.Failed));
        second.Complete(BackendOutcome.Success);
        second.Complete(BackendOutcome.Success);
        Assert.Equal((0, 2, 0), (second.Backend.InFlight, second.Backend.Succeeded, second.Backend.Failed));
    }

    [Fact]
    public async Task Leases_completed_by_several_threads_at_once_count_once()
    {
        using var balancer = Create("random", "a", "b", "c");
        for (var i = 0; i < 2000; i++)
        {
            Assert.True(balancer.TryPick(out var lease));
            await Task.WhenAll(Task.Run(() => lease.Complete(BackendOutcome.Success)), Task.Run(() => lease.Complete(BackendOutcome.Success)));
        }

        Assert.Equal(2000, balancer.Current.All.Sum(static status => status.Backend.Succeeded));
        Assert.All(balancer.Current.All, static status => Assert.Equal(0, status.Backend.InFlight));
    }

    [Fact]
    public void Policy_changes_and_what_is_known_stays()
    {
        using var balancer = Create("round-robin", "a", "b");
        for (var i = 0; i < 10; i++)
        {
            Assert.True(balancer.TryPick(out var lease));
            lease.Complete(lease.Backend.Id == "a" ? BackendOutcome.Success : BackendOutcome.Failure);
        }

        var before = balancer.Current.All.Select(static status => (status.Backend.Succeeded, status.Backend.Failed, status.Backend.FailureShare)).ToArray();
        balancer.UsePolicy("least-response-time");

        Assert.Equal("least-response-time", balancer.Policy);
        Assert.Equal(before, balancer.Current.All.Select(static status => (status.Backend.Succeeded, status.Backend.Failed, status.Backend.FailureShare)));
        Assert.True(balancer.TryPick(out var next));
        Assert.Equal("a", next.Backend.Id);
    }

    [Fact]
    public void Unknown_policy_is_refused_with_those_that_there_are_and_the_old_one_stays()
    {
        using var balancer = Create("round-robin", "a");
        var fault = Assert.Throws<ArgumentException>(() => balancer.UsePolicy("roundrobin"));
        Assert.Contains("'roundrobin'; there are round-robin, weighted-round-robin,", fault.Message, StringComparison.Ordinal);
        Assert.Equal("round-robin", balancer.Policy);
    }

    [Fact]
    public void Policies_of_ones_own_are_found_by_name()
    {
        using var balancer = new Balancer(
            new BalancingOptions { Policy = "last" },
            [Fleet.Options("a"), Fleet.Options("b")],
            new Dictionary<string, Func<IBalancingPolicy>> { ["last"] = static () => new Last() });
        Assert.True(balancer.TryPick(out var lease));
        Assert.Equal("b", lease.Backend.Id);
    }

    [Fact]
    public void Membership_changes_at_run_time()
    {
        using var balancer = Create("round-robin", "a");
        balancer.Add(Fleet.Options("b"));
        Assert.True(balancer.Drain("a"));
        Assert.True(balancer.TryPick(out var lease));
        Assert.Equal("b", lease.Backend.Id);
        Assert.True(balancer.Remove("b"));
        Assert.False(balancer.TryPick(out _));
        Assert.True(balancer.Drain("a", draining: false));
        Assert.True(balancer.TryPick(out _));
        Assert.False(balancer.SetWeight("b", 1));
        lease.Complete(BackendOutcome.Success);
    }

    [Fact]
    public void Who_is_switched_off_gets_nothing_until_it_is_on_again()
    {
        using var balancer = Create("round-robin", "a", "b");
        Assert.True(balancer.Enable("a", enabled: false));
        Assert.Equal(BackendHealth.Disabled, balancer.Current.All[0].Health);
        for (var i = 0; i < 4; i++)
        {
            Assert.True(balancer.TryPick(out var lease));
            Assert.Equal("b", lease.Backend.Id);
            lease.Complete(BackendOutcome.Success);
        }

        Assert.True(balancer.Drain("b"));
        Assert.False(balancer.TryPick(out _));
        Assert.True(balancer.Enable("a"));
        Assert.True(balancer.TryPick(out var again));
        Assert.Equal("a", again.Backend.Id);
        Assert.False(balancer.Enable("c"));
    }

    [Fact]
    public void A_pick_and_its_end_allocate_nothing_once_warm()
    {
        foreach (var policy in BalancingPolicies.Names)
        {
            using var balancer = Create(policy, "a", "b", "c");
            var leases = new BackendLease[8];
            Assert.Equal((policy, 0), (policy, Allocations.OfOneWarm(() =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    leases[i % 8].Complete(BackendOutcome.Success);
                    Assert.True(balancer.TryPick(out leases[i % 8], "key"));
                }
            })));
        }
    }

    [Fact]
    public void New_one_beside_others_starts_slowly()
    {
        var time = new FakeTimeProvider();
        using var balancer = new Balancer(new BalancingOptions { Policy = "weighted-round-robin" }, [Fleet.Options("a")], time: time);
        time.Advance(TimeSpan.FromMinutes(1));
        balancer.Add(Fleet.Options("b"));
        Assert.Equal([100, 10], balancer.Current.All.Select(static status => status.Ramp));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([100, 100], balancer.Current.All.Select(static status => status.Ramp));
    }

    [Fact]
    public void Ejected_one_comes_back_by_one_request()
    {
        var time = new FakeTimeProvider();
        using var balancer = new Balancer(new BalancingOptions { Policy = "round-robin", SlowStart = { Window = TimeSpan.Zero } }, [Fleet.Options("a"), Fleet.Options("b")], time: time);
        Assert.True(balancer.Eject("a"));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(BackendHealth.Probation, balancer.Current.All[0].Health);
        for (var i = 0; i < 4; i++)
        {
            Assert.True(balancer.TryPick(out var lease));
            lease.Complete(BackendOutcome.Success);
        }

        Assert.Equal(BackendHealth.Unknown, balancer.Current.All[0].Health);
        Assert.True(balancer.Eject("b"));
    }

    [Fact]
    public void Options_out_of_range_are_refused() => Assert.Throws<ValidationException>(
        static () => new Balancer(new BalancingOptions { PanicThreshold = 2 }, [Fleet.Options("a")]));

    private static Balancer Create(string policy, params string[] ids) =>
        new(new BalancingOptions { Policy = policy }, ids.Select(static id => Fleet.Options(id)), random: new Random(1));

    private sealed class Last : IBalancingPolicy
    {
        public int Pick(in PickContext context) => context.Candidates.Count - 1;
    }
}
