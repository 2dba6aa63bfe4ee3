using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Tests.Backends;

namespace AkkaPerf.Tests.Balancing;

public sealed class DecisionLogTests
{
    [Fact]
    public void Decision_says_who_was_there_what_they_were_worth_and_who_was_not_and_why()
    {
        using var fleet = Fleet.Of(1, 2, 1);
        fleet.Judge("c", ProbeVerdict.Down);
        fleet["a"].Backend.TryAssign(limit: 0, now: 0);
        var log = new DecisionLog(1, fleet.Directory, fleet.Time, new Random(1));
        var selector = new BackendSelector(fleet.Directory, fleet.Book("least-connections"), new Random(1), log);

        fleet.Assign(selector);

        var decision = Assert.Single(log.Newest);
        Assert.Equal(("b", "least-connections"), (decision.Picked, decision.Policy));
        Assert.Equal(fleet.Time.GetUtcNow(), decision.At);
        Assert.Equal([("a", 100, 1L, 0.01), ("b", 200, 0L, 0.0)], decision.Candidates.Select(static one => (one.Id, one.Share, one.InFlight, one.Score ?? -1)));
        Assert.Equal([new DecisionExclusion("c", BackendHealth.Unhealthy, "Down")], decision.Excluded.ToArray());
    }

    [Fact]
    public void Only_the_sample_is_kept_and_of_it_the_newest()
    {
        using var fleet = Fleet.Of(1, 1);
        var log = new DecisionLog(0.1, fleet.Directory, fleet.Time, new Random(1));
        var selector = new BackendSelector(fleet.Directory, fleet.Book("round-robin"), new Random(1), log);
        for (var i = 0; i < 300; i++)
        {
            fleet.Pass(selector);
        }

        Assert.InRange(log.Newest.Length, 15, 45);
        for (var i = 0; i < 3000; i++)
        {
            fleet.Pass(selector);
        }

        Assert.Equal(64, log.Newest.Length);
    }

    [Fact]
    public void The_part_can_be_changed_at_any_time()
    {
        using var fleet = Fleet.Of(1, 1);
        var log = new DecisionLog(0, fleet.Directory, fleet.Time, new Random(1));
        var selector = new BackendSelector(fleet.Directory, fleet.Book("round-robin"), new Random(1), log);
        fleet.Pass(selector);
        Assert.Empty(log.Newest);
        log.Part = 1;
        fleet.Pass(selector);
        fleet.Pass(selector);
        log.Part = 0;
        fleet.Pass(selector);
        Assert.Equal(2, log.Newest.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Part = 1.1);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Part = -0.1);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Part = double.NaN);
        Assert.Equal(0, log.Part);
    }
}
