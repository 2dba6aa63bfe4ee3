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
}
