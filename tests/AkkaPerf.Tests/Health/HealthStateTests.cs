using AkkaPerf.Backends;
using AkkaPerf.Health;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Health;

public class HealthStateTests
{
    private static readonly ProbeResult Up = new(IsUp: true, "up");
    private static readonly ProbeResult Down = new(IsUp: false, "down");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Out_of_unknown_one_result_suffices(bool isUp)
    {
        var verdict = isUp ? ProbeVerdict.Up : ProbeVerdict.Down;
        var state = new HealthState(rise: 5, fall: 5);
        Assert.Equal(verdict, state.Record(new ProbeResult(isUp, "")));
        Assert.Equal(verdict, state.Verdict);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Exactly_fall_failures_in_a_row_take_it_out(int fall)
    {
        var state = new HealthState(rise: 1, fall, ProbeVerdict.Up);
        for (var i = 1; i < fall; i++)
        {
            Assert.Null(state.Record(Down));
        }

        Assert.Equal(ProbeVerdict.Down, state.Record(Down));
        Assert.Null(state.Record(Down));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Exactly_rise_successes_in_a_row_bring_it_back(int rise)
    {
        var state = new HealthState(rise, fall: 1, ProbeVerdict.Down);
        for (var i = 1; i < rise; i++)
        {
            Assert.Null(state.Record(Up));
        }

        Assert.Equal(ProbeVerdict.Up, state.Record(Up));
        Assert.Null(state.Record(Up));
    }

    [Fact]
    public void A_result_of_the_other_kind_starts_the_count_anew()
    {
        var state = new HealthState(rise: 2, fall: 3, ProbeVerdict.Up);
        foreach (var result in new[] { Down, Down, Up, Down, Down, Up })
        {
            Assert.Null(state.Record(result));
        }

        Assert.Equal(ProbeVerdict.Up, state.Verdict);
    }

    [Fact]
    public void It_keeps_what_the_last_probe_saw_and_how_often_in_a_row()
    {
        var state = new HealthState(rise: 2, fall: 3);
        Assert.Equal(0, state.InARow);
        state.Record(Down);
        Assert.Equal(("down", 1), (state.Detail, state.InARow));
        state.Record(new ProbeResult(IsUp: false, "HTTP 503"));
        Assert.Equal(("HTTP 503", 2), (state.Detail, state.InARow));
        state.Record(Up);
        Assert.Equal(("up", 1), (state.Detail, state.InARow));
    }

    [Fact]
    public void Degraded_is_a_success_and_comes_and_goes_by_fall_and_rise()
    {
        var degraded = new ProbeResult(IsUp: true, "busy") { IsDegraded = true };
        var state = new HealthState(rise: 2, fall: 3, ProbeVerdict.Up);
        var verdicts = new[] { Down, Down, degraded, degraded, degraded, Up, degraded, Up, Up, Down, Down, Down, Up, degraded }
            .Select(result => state.Record(result));
        Assert.Equal(
            [null, null, null, null, ProbeVerdict.Degraded, null, null, null, ProbeVerdict.Up, null, null, ProbeVerdict.Down, null, ProbeVerdict.Degraded],
            verdicts);
    }

    [Fact]
    public void A_backend_that_falls_often_needs_more_successes_and_is_forgiven_in_time()
    {
        var time = new FakeTimeProvider();
        var state = new HealthState(rise: 2, fall: 1, ProbeVerdict.Up, new FlapDamping(time, TimeSpan.FromMinutes(1)));
        var needed = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            needed.Add(FallAndRise());
            time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal([2, 4, 6, 6, 8, 10], needed);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(2, FallAndRise());

        int FallAndRise()
        {
            Assert.Equal(ProbeVerdict.Down, state.Record(Down));
            for (var i = 1; ; i++)
            {
                if (state.Record(Up) is not null)
                {
                    return i;
                }
            }
        }
    }

    [Fact]
    public void Ten_times_rise_always_suffices_and_without_a_half_life_nothing_is_damped()
    {
        var time = new FakeTimeProvider();
        var damped = new HealthState(rise: 2, fall: 1, ProbeVerdict.Up, new FlapDamping(time, TimeSpan.FromHours(1)));
        var plain = new HealthState(rise: 2, fall: 1, ProbeVerdict.Up, new FlapDamping(time, TimeSpan.Zero));
        for (var i = 0; i < 50; i++)
        {
            foreach (var state in new[] { damped, plain })
            {
                state.Record(Down);
                while (state.Verdict == ProbeVerdict.Down)
                {
                    state.Record(Up);
                }
            }
        }

        Assert.Equal((20, 2), (damped.Rise, plain.Rise));
    }

    [Fact]
    public void The_default_result_is_down_without_a_detail()
    {
        var state = new HealthState(rise: 2, fall: 3);
        Assert.Equal(ProbeVerdict.Down, state.Record(default));
        Assert.Equal("", state.Detail);
    }
}
