using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

public class BackendTests
{
    [Fact]
    public void What_ends_is_no_longer_in_flight_and_counts_by_its_outcome()
    {
        var backend = new Backend("a", new Uri("http://a.test"));
        for (var i = 0; i < 4; i++)
        {
            backend.Assigned();
        }

        Assert.Equal(4, backend.InFlight);
        backend.Ended(BackendOutcome.Success);
        backend.Ended(BackendOutcome.Failure);
        backend.Ended(BackendOutcome.Inconclusive);
        Assert.Equal((1, 1, 1), (backend.InFlight, backend.Succeeded, backend.Failed));
    }
}
