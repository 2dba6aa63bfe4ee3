using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

public class BackendTests
{
    [Fact]
    public void What_ends_is_no_longer_in_flight_and_counts_by_its_outcome()
    {
        var backend = Fleet.NewBackend("a");
        BackendOutcome[] outcomes =
            [BackendOutcome.Success, BackendOutcome.Failure, BackendOutcome.Timeout, BackendOutcome.Unreachable, BackendOutcome.Cancelled, BackendOutcome.Inconclusive];
        for (var i = 0; i < 7; i++)
        {
            Assert.True(backend.TryAssign(limit: 0, now: 1));
        }

        Assert.Equal(7, backend.InFlight);
        foreach (var outcome in outcomes)
        {
            backend.Ended(outcome, assignedAt: 1, now: 2);
        }

        Assert.Equal((1, 1, 3), (backend.InFlight, backend.Succeeded, backend.Failed));
    }

    [Fact]
    public void What_went_well_after_it_began_anew_counts_but_is_not_learnt_from()
    {
        var learnt = new Learnt();
        var backend = Fleet.NewBackend("a");
        backend.Watcher = learnt;
        for (var i = 0; i < 3; i++)
        {
            Assert.True(backend.TryAssign(limit: 0, now: 1));
        }

        backend.Ended(BackendOutcome.Success, assignedAt: 1, now: 2);
        backend.BeginAnew(5);
        backend.Ended(BackendOutcome.Success, assignedAt: 1, now: 6);
        backend.Ended(BackendOutcome.Failure, assignedAt: 1, now: 6);
        Assert.True(backend.TryAssign(limit: 0, now: 7));
        backend.Ended(BackendOutcome.Success, assignedAt: 7, now: 8);

        Assert.Equal((0, 3, 1), (backend.InFlight, backend.Succeeded, backend.Failed));
        Assert.Equal([1, 2], learnt.Numbers);
    }

    [Fact]
    public void Only_its_answers_count_as_answer_times()
    {
        var backend = Fleet.NewBackend("a");
        var perMillisecond = TimeProvider.System.TimestampFrequency / 1000;
        foreach (var (outcome, milliseconds) in new[] { (BackendOutcome.Success, 10), (BackendOutcome.Failure, 1), (BackendOutcome.Timeout, 1), (BackendOutcome.Cancelled, 1) })
        {
            backend.TryAssign(limit: 0, now: 1);
            backend.Ended(outcome, assignedAt: 1, respondedAt: 1 + (milliseconds * perMillisecond), now: 1 + (1000 * perMillisecond));
        }

        Assert.Equal(1, backend.AnswerTimes.Count);
        Assert.InRange(backend.AnswerTimes.Quantile(0.5)!.Value.TotalMilliseconds, 8.75, 11.25);
    }

    private sealed class Learnt : IBackendWatcher
    {
        public List<long> Numbers { get; } = [];

        public object NewRecord() => this;

        public void Ended(Backend backend, BackendOutcome outcome, long succeeded, long now) => Numbers.Add(succeeded);

        public void Forget(Backend backend)
        {
        }
    }
}
