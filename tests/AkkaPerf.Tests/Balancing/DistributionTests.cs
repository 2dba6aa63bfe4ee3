using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Balancing.Policies;
using AkkaPerf.Tests.Backends;
using AkkaPerf.Tests.Statistics;

namespace AkkaPerf.Tests.Balancing;

/// <summary>Shares over 100,000 picks and more, and the probabilities that others publish.</summary>
public sealed class DistributionTests
{
    private const int Many = 100_000;

    [Theory]
    [InlineData(1)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(8, 2)]
    [InlineData(1000, 1, 10, 100, 0, 7)]
    public void Random_picks_by_share(params int[] weights)
    {
        using var fleet = Fleet.Of(weights);
        var eligible = fleet.Directory.Current.Eligible.Select(static status => (double)status.Weight).ToArray();
        ChiSquared.AssertFits(eligible, RotationTests.Picks(fleet, new RandomPolicy(), Many), eligible.Length);
    }

    [Theory]
    [InlineData("least-connections", 100)]
    [InlineData("power-of-two-choices", 12)]
    [InlineData("least-response-time", 12)]
    public void Idle_samples_pick_by_share(string policy, int count)
    {
        var weights = Enumerable.Range(0, count).Select(static i => 1 + (i % 3)).ToArray();
        using var fleet = Fleet.Of(weights);
        var selector = fleet.Select(policy);
        var indexes = Enumerable.Range(0, count).ToDictionary(Fleet.IdOf);

        // Answered at once and by all in the same time, so that nothing but the draw decides.
        for (var i = 0; i < 20 * count; i++)
        {
            fleet.Pass(selector);
        }

        var picks = Enumerable.Range(0, Many).Select(_ => indexes[fleet.Pass(selector)]);
        if (policy == "least-response-time")
        {
            // Share counts twice there: it is drawn by it, and a greater share is a smaller load. Everyone gets something all the same.
            Assert.Equal(count, picks.Distinct().Count());
            return;
        }

        ChiSquared.AssertFits(weights.Select(static weight => (double)weight), picks, count);
    }

    // Envoy draws two with replacement, and so sends a ninth of the traffic to a host that has ten in flight while the others have none.
    [Theory]
    [InlineData(new[] { 0, 0, 10 }, new[] { 0.5, 0.5, 0 })]
    [InlineData(new[] { 0, 10 }, new[] { 1.0, 0 })]
    public void Two_choices_are_never_the_same_one(int[] inFlight, double[] shares)
    {
        var policy = new LoadPolicy<FewestInFlight>(default, 0, all: 1, sample: 2);
        using var fleet = Fleet.Of([.. inFlight.Select(static _ => 1)]);
        foreach (var (index, count) in inFlight.Index())
        {
            for (var i = 0; i < count; i++)
            {
                fleet[Fleet.IdOf(index)].Backend.TryAssign(limit: 0, now: 1);
            }
        }

        ChiSquared.AssertFits(shares, RotationTests.Picks(fleet, policy, Many), shares.Length);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Both_choices_are_any_pair_as_likely(int count)
    {
        using var fleet = Fleet.Of([.. Enumerable.Repeat(1, count)]);

        // The first of all is the least loaded, the second the next, and so on: the better of a random pair is i with a chance of its rank.
        for (var i = 0; i < count; i++)
        {
            for (var load = 0; load < i; load++)
            {
                fleet[Fleet.IdOf(i)].Backend.TryAssign(limit: 0, now: 1);
            }
        }

        var policy = new LoadPolicy<FewestInFlight>(default, 0, all: 1, sample: 2);
        ChiSquared.AssertFits(Enumerable.Range(0, count).Select(i => (double)(count - 1 - i)), RotationTests.Picks(fleet, policy, Many), count);
    }

    [Theory]
    [InlineData("round-robin")]
    [InlineData("weighted-round-robin")]
    [InlineData("random")]
    [InlineData("least-connections")]
    [InlineData("least-response-time")]
    [InlineData("power-of-two-choices")]
    [InlineData("consistent-hash")]
    [InlineData("maglev")]
    public async Task Eight_threads_assign_and_end_and_nothing_is_lost(string policy)
    {
        using var fleet = Fleet.Of([.. Enumerable.Range(0, 20).Select(static i => 1 + (i % 4))]);
        var selector = fleet.Select(policy);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                fleet.Pass(selector, $"{worker}-{i}");
            }
        })));

        var all = fleet.Directory.Current.All;
        Assert.Equal(40_000, all.Sum(static status => status.Backend.Succeeded));
        Assert.All(all, static status => Assert.Equal(0, status.Backend.InFlight));
        Assert.Equal(0, fleet.Directory.InFlight());
        Assert.All(all, static status => Assert.True(status.Backend.Succeeded > 0));
    }

    [Theory]
    [InlineData("consistent-hash")]
    [InlineData("maglev")]
    public async Task Policy_that_begins_to_count_while_eight_threads_assign_and_end_is_exact_once_they_have(string policy)
    {
        using var fleet = Fleet.Of(1, 2, 3, 4);
        var book = fleet.Book("least-connections");
        var selector = new BackendSelector(fleet.Directory, book, new Random(1));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            var held = new Queue<(Backend Backend, long At)>();
            for (var i = 0; i < 5_000; i++)
            {
                if (worker == 0 && i == 1_000)
                {
                    book.Use(policy);
                    fleet.Directory.Remove("a");
                    fleet.Time.Advance(TimeSpan.FromSeconds(1));
                }

                var now = fleet.Time.GetTimestamp();
                Assert.Equal(Selection.Found, selector.TryAssign($"{worker}-{i}", tried: null, now, out var backend));
                held.Enqueue((backend!, now));
                if (held.Count > worker)
                {
                    var (ended, at) = held.Dequeue();
                    fleet.End(ended, assignedAt: at);
                }
            }

            foreach (var (ended, at) in held)
            {
                fleet.End(ended, assignedAt: at);
            }
        })));

        Assert.Equal(0, fleet.Directory.InFlight());
        var last = fleet.Assign(selector, "key");
        Assert.Equal(1, fleet.Directory.InFlight());
        fleet.End(last);
        Assert.Equal(0, fleet.Directory.InFlight());
    }
}
