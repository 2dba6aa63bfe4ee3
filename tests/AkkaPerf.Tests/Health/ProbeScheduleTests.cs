using AkkaPerf.Backends;
using AkkaPerf.Health;

namespace AkkaPerf.Tests.Health;

public class ProbeScheduleTests
{
    private const int Seed = 4711;

    [Theory]
    [InlineData(5000, 1000)]
    [InlineData(1000, 1000)]
    [InlineData(200, 200)]
    public void First_probes_lie_each_in_its_own_slot_of_the_first_second_or_interval(int intervalMs, int spreadMs)
    {
        const int Count = 10;
        var schedule = new ProbeSchedule(new HealthOptions { Interval = TimeSpan.FromMilliseconds(intervalMs) }, new Random(Seed));
        for (var i = 0; i < Count; i++)
        {
            Assert.InRange(
                schedule.First(i, Count),
                TimeSpan.FromMilliseconds(spreadMs) * i / Count,
                TimeSpan.FromMilliseconds(spreadMs) * (i + 1) / Count);
        }
    }

    [Fact]
    public void The_interval_is_jittered_by_ten_percent_and_uses_the_range()
    {
        var schedule = new ProbeSchedule(new HealthOptions(), new Random(Seed));
        var all = Enumerable.Range(0, 10_000).Select(_ => schedule.Next(TimeSpan.Zero)).ToList();
        Assert.All(all, next => Assert.InRange(next, TimeSpan.FromSeconds(4.5), TimeSpan.FromSeconds(5.5)));
        Assert.True(all.Min() < TimeSpan.FromSeconds(4.51), $"seed {Seed}: shortest {all.Min()}");
        Assert.True(all.Max() > TimeSpan.FromSeconds(5.49), $"seed {Seed}: longest {all.Max()}");
        Assert.InRange(all.Average(next => next.TotalSeconds), 4.98, 5.02);
    }

    [Fact]
    public void The_interval_counts_from_the_last_start()
    {
        var schedule = new ProbeSchedule(new HealthOptions(), new Random(Seed));
        Assert.InRange(schedule.Next(TimeSpan.FromSeconds(1)), TimeSpan.FromSeconds(3.5), TimeSpan.FromSeconds(4.5));
    }

    [Fact]
    public void A_probe_that_took_longer_than_the_interval_is_followed_at_once()
    {
        var schedule = new ProbeSchedule(new HealthOptions(), new Random(Seed));
        Assert.Equal(TimeSpan.Zero, schedule.Next(TimeSpan.FromSeconds(6)));
    }

    [Fact]
    public void A_backend_that_is_down_is_probed_quickly_then_ever_more_rarely_and_quickly_again_once_it_answers()
    {
        var state = new HealthState(rise: 2, fall: 3, ProbeVerdict.Up);
        var schedule = new ProbeSchedule(new HealthOptions(), new Random(Seed));
        foreach (var (isUp, seconds) in new[] { (true, 5), (false, 1), (true, 5), (false, 1), (false, 1), (false, 1), (false, 2), (false, 4), (false, 8), (false, 15), (false, 15), (true, 1), (true, 5) })
        {
            state.Record(new ProbeResult(isUp, ""));
            Assert.InRange(schedule.Next(TimeSpan.Zero, state), TimeSpan.FromSeconds(0.9 * seconds), TimeSpan.FromSeconds(1.1 * seconds));
        }
    }

    [Fact]
    public void No_state_is_probed_more_slowly_at_first_than_a_short_interval()
    {
        var state = new HealthState(rise: 2, fall: 1, ProbeVerdict.Up);
        var schedule = new ProbeSchedule(new HealthOptions { Interval = TimeSpan.FromMilliseconds(100) }, new Random(Seed));
        state.Record(new ProbeResult(IsUp: false, ""));
        Assert.InRange(schedule.Next(TimeSpan.Zero, state), TimeSpan.FromMilliseconds(90), TimeSpan.FromMilliseconds(110));
        state.Record(new ProbeResult(IsUp: true, ""));
        Assert.InRange(schedule.Next(TimeSpan.Zero, state), TimeSpan.FromMilliseconds(90), TimeSpan.FromMilliseconds(110));
    }

    [Theory]
    [InlineData(0, 500)]
    [InlineData(100, 400)]
    [InlineData(500, 0)]
    [InlineData(900, 0)]
    public void Demands_are_a_tenth_of_the_interval_apart(int sinceStartMs, int restMs)
    {
        var schedule = new ProbeSchedule(new HealthOptions(), new Random(Seed));
        Assert.Equal(TimeSpan.FromMilliseconds(restMs), schedule.OnDemand(TimeSpan.FromMilliseconds(sinceStartMs)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_schedule()
    {
        var one = new ProbeSchedule(new HealthOptions(), new Random(Seed));
        var other = new ProbeSchedule(new HealthOptions(), new Random(Seed));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(one.Next(TimeSpan.Zero), other.Next(TimeSpan.Zero));
        }
    }
}
