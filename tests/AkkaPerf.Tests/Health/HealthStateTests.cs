using AkkaPerf.Backends;
using AkkaPerf.Health;

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
    public void The_default_result_is_down_without_a_detail()
    {
        var state = new HealthState(rise: 2, fall: 3);
        Assert.Equal(ProbeVerdict.Down, state.Record(default));
        Assert.Equal("", state.Detail);
    }
}
