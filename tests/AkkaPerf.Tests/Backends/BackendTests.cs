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
}
