namespace AkkaPerf.Tests.Backends;

public sealed class InFlightSumTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(64)]
    public void Of_few_the_sum_is_exact(int count)
    {
        using var fleet = Fleet.Of([.. Enumerable.Repeat(1, count)]);
        var group = fleet.Directory.Current.Parts[0].Group;
        for (var total = 1; total <= 200; total++)
        {
            group[total % count].Backend.TryAssign(limit: 0, now: 1);
            Assert.Equal(total, group.InFlight(now: 1, longest: 100));
        }
    }

    [Fact]
    public void Of_many_it_is_added_up_anew_after_a_quarter_as_many_asked_and_some_time()
    {
        using var fleet = Fleet.Of([.. Enumerable.Repeat(1, 400)]);
        var group = fleet.Directory.Current.Parts[0].Group;
        for (var total = 1; total <= 1_000; total++)
        {
            group[total % 400].Backend.TryAssign(limit: 0, now: 1);
            Assert.InRange(group.InFlight(now: 1, longest: 100), total - 101, total);
        }

        foreach (var status in fleet.Directory.Current.All)
        {
            while (status.Backend.InFlight > 0)
            {
                fleet.End(status.Backend);
            }
        }

        Assert.Contains(0L, Enumerable.Range(0, 101).Select(_ => group.InFlight(now: 1, longest: 100)));

        // Nor does it get old while hardly anybody asks.
        group[7].Backend.TryAssign(limit: 0, now: 1);
        Assert.Equal(0, group.InFlight(now: 100, longest: 100));
        Assert.Equal(1, group.InFlight(now: 101, longest: 100));
    }
}
