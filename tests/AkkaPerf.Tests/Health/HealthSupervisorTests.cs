using Akka.Actor;
using Akka.Event;
using AkkaPerf.Backends;
using AkkaPerf.Health;

namespace AkkaPerf.Tests.Health;

public class HealthSupervisorTests : HealthTestKit
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task First_probes_are_spread_over_the_first_second()
    {
        for (var i = 0; i < 10; i++)
        {
            Add($"b{i}");
        }

        await StartAsync();
        for (var i = 0; i < 10; i++)
        {
            Time.Advance(Second / 10);
            Assert.Equal($"b{i}", (await NextAsync()).Backend.Id);
            Assert.Equal(i + 1, Enumerable.Range(0, 10).Sum(n => Probe.Started($"b{n}")));
        }
    }

    [Fact]
    public async Task Then_each_probe_follows_the_last_one_at_the_jittered_interval()
    {
        Add("a");
        await StartAsync();
        await TurnAsync();
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 50; i++)
        {
            waits.Add(Time.LastArmed);
            Assert.Equal(i + 2, await CountAfterTurnAsync());
        }

        Assert.All(waits, wait => Assert.InRange(wait, Options.Interval * 0.9, Options.Interval * 1.1));
        Assert.True(waits.Distinct().Count() > 40);
        Assert.Equal(1, Probe.MostAtOnce("a"));
    }

    [Fact]
    public async Task One_verdict_suffices_out_of_unknown_then_rise_and_fall_count_exactly()
    {
        Add("a");
        await StartAsync();
        Assert.Equal(ProbeVerdict.Up, (await TurnAsync()).Verdict);
        Probe.Down("a", "HTTP 503");
        Assert.Equal(ProbeVerdict.Up, (await TurnAsync()).Verdict);
        Assert.Equal(ProbeVerdict.Up, (await TurnAsync()).Verdict);
        Assert.Equal(ProbeVerdict.Down, (await TurnAsync()).Verdict);
        Assert.Equal((BackendHealth.Unhealthy, "HTTP 503"), (HealthOf("a"), Directory.Current.All[0].Cause));
        Probe.Up("a", "HTTP 200");
        Assert.Equal(ProbeVerdict.Down, (await TurnAsync()).Verdict);
        Assert.Equal(BackendHealth.Unhealthy, HealthOf("a"));
        Assert.Equal(ProbeVerdict.Up, (await TurnAsync()).Verdict);
        Assert.Equal((BackendHealth.Healthy, "HTTP 200"), (HealthOf("a"), Directory.Current.All[0].Cause));
    }

    [Fact]
    public async Task A_slow_backend_does_not_delay_anothers_verdict()
    {
        Add("slow");
        Add("quick");
        Probe.Hang("slow");
        await StartAsync();
        Time.Advance(Second / 2);
        await StartedAsync("slow", 1);
        Time.Advance(Second / 2);
        Assert.Equal("quick", (await NextAsync()).Backend.Id);
        Assert.Equal((BackendHealth.Unknown, BackendHealth.Healthy), (HealthOf("slow"), HealthOf("quick")));
        Assert.Equal(1, Probe.Hanging("slow"));
    }

    [Fact]
    public async Task Ready_is_when_everyone_has_a_verdict_and_one_is_eligible()
    {
        Add("a");
        Add("b");
        Probe.Hang("a");
        await StartAsync();
        Assert.False(IsReady());
        Time.Advance(Second / 2);
        await StartedAsync("a", 1);
        Time.Advance(Second / 2);
        await NextAsync();
        Assert.False(IsReady());
        Time.Advance(Second);
        Assert.Equal("a", (await NextAsync()).Backend.Id);
        Assert.True(IsReady());
        Assert.Equal("b", Assert.Single(Directory.Current.Eligible).Backend.Id);
    }

    [Fact]
    public async Task With_every_backend_down_it_is_not_ready()
    {
        Add("a");
        Probe.Down("a");
        await StartAsync();
        await TurnAsync();
        Assert.True(Directory.Current.EveryoneHasVerdict);
        Assert.False(IsReady());
    }

    [Fact]
    public async Task A_backend_added_at_run_time_is_probed_within_a_second()
    {
        await StartAsync();
        Add("late");
        await SettleAsync();
        Time.Advance(Second);
        Assert.Equal("late", (await NextAsync()).Backend.Id);
        Assert.Equal(BackendHealth.Healthy, HealthOf("late"));
    }

    [Fact]
    public async Task A_removed_backend_is_probed_no_more_and_its_late_result_changes_nothing()
    {
        Add("a");
        Probe.Hang("a", ignoreToken: true);
        await StartAsync();
        Time.Advance(Second);
        await StartedAsync("a", 1);
        var prober = Watch(await ProberAsync("a"));

        Directory.Remove("a");
        await ExpectTerminatedAsync(prober);
        Add("a");
        await SettleAsync();
        Assert.Equal(1, Probe.Release("a", new ProbeResult(IsUp: true, "late")));
        Probe.Down("a", "its own");
        Time.Advance(Second);
        Assert.Equal("its own", (await NextAsync()).Result.Detail);
        Assert.Equal(BackendHealth.Unhealthy, HealthOf("a"));
        Assert.Equal(2, Probe.Started("a"));
    }

    [Fact]
    public async Task A_namesake_gets_a_prober_of_its_own_even_if_removal_and_addition_come_as_one()
    {
        Add("a");
        await StartAsync();
        await TurnAsync();
        var prober = Watch(await ProberAsync("a"));
        Directory.Remove("a");
        var namesake = Add("a");
        await ExpectTerminatedAsync(prober);
        await SettleAsync();
        Time.Advance(Second);
        Assert.Same(namesake, (await NextAsync()).Backend);
    }

    [Fact]
    public async Task A_draining_backend_is_still_probed()
    {
        Add("a");
        await StartAsync();
        await TurnAsync();
        Directory.Drain("a", draining: true);
        Probe.Down("a");
        await TurnAsync();
        await TurnAsync();
        await TurnAsync();
        Assert.Equal((ProbeVerdict.Down, BackendHealth.Draining), (Directory.Current.All[0].Probe, HealthOf("a")));
    }

    [Fact]
    public async Task An_older_set_that_arrives_late_is_ignored()
    {
        Add("a");
        Add("b");
        var older = Directory.Current;
        await StartAsync();
        var prober = Watch(await ProberAsync("a"));
        Directory.Remove("a");
        await ExpectTerminatedAsync(prober);
        var armed = Time.Armed.Count;
        Supervisor.Tell(new HealthSupervisor.Protocol.BackendsChanged(older));
        await SettleAsync();
        Assert.Null(await ProberAsync("a"));
        Assert.Equal(armed, Time.Armed.Count);
    }

    [Fact]
    public async Task A_supervisor_started_anew_goes_on_from_the_directorys_verdicts()
    {
        Add("a");
        await StartAsync();
        await TurnAsync();
        Watch(Supervisor);
        Sys.Stop(Supervisor);
        await ExpectTerminatedAsync(Supervisor);
        await StartAsync();
        Probe.Down("a");
        Assert.Equal(ProbeVerdict.Up, (await TurnAsync()).Verdict);
        Assert.Equal(ProbeVerdict.Up, (await TurnAsync()).Verdict);
        Assert.Equal(ProbeVerdict.Down, (await TurnAsync()).Verdict);
    }

    [Fact]
    public async Task A_stopped_supervisor_listens_no_more()
    {
        await StartAsync();
        Watch(Supervisor);
        Sys.Stop(Supervisor);
        await ExpectTerminatedAsync(Supervisor);
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters, typeof(AllDeadLetters));
        Add("a");
        letters.Ref.Tell("marker");
        await letters.ExpectMsgAsync("marker");
    }

    [Fact]
    public async Task At_most_so_many_probe_at_once_and_each_result_is_applied_at_once()
    {
        Options.MaxConcurrent = 2;
        foreach (var id in new[] { "a", "b", "c", "d" })
        {
            Add(id);
            Probe.Hang(id);
        }

        await StartAsync();
        Time.Advance(Second / 2);
        await StartedAsync("a", 1);
        await StartedAsync("b", 1);
        Time.Advance(Second / 4);
        await SettleAsync();
        Time.Advance(Second / 4 / 2);
        await SettleAsync();
        Assert.Equal((0, 0), (Probe.Started("c"), Probe.Started("d")));

        Probe.Release("b", new ProbeResult(IsUp: true, "up"));
        Assert.Equal("b", (await NextAsync()).Backend.Id);
        Assert.Equal(BackendHealth.Healthy, HealthOf("b"));
        await StartedAsync("c", 1);
        await SettleAsync();
        Assert.Equal((1, 0), (Probe.Hanging("a"), Probe.Started("d")));

        // Whoever leaves gives its turn on, and whoever waits may leave.
        Time.Advance(Second / 4 / 2);
        await SettleAsync();
        Assert.Equal(0, Probe.Started("d"));
        Directory.Remove("a");
        await StartedAsync("d", 1);
    }

    [Fact]
    public async Task A_flapping_backend_has_to_show_more_successes()
    {
        Options.Fall = 1;
        Options.Pace.FlapHalfLife = TimeSpan.FromMinutes(10);
        Add("a");
        await StartAsync();
        await TurnAsync();
        var needed = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            Probe.Down("a");
            Assert.Equal(ProbeVerdict.Down, (await TurnAsync()).Verdict);
            Probe.Up("a");
            var turns = 1;
            while ((await TurnAsync()).Verdict == ProbeVerdict.Down)
            {
                turns++;
            }

            needed.Add(turns);
        }

        Assert.Equal([2, 4, 6, 8], needed);
    }

    [Fact]
    public async Task A_degraded_backend_is_told_from_a_healthy_one()
    {
        Add("a");
        Probe.Degraded("a", "half the disks");
        await StartAsync();
        Assert.Equal(ProbeVerdict.Degraded, (await TurnAsync()).Verdict);
        Assert.Equal((BackendHealth.Degraded, "half the disks"), (HealthOf("a"), Directory.Current.All[0].Cause));
    }

    [Fact]
    public async Task A_backend_that_is_enabled_again_is_probed_anew()
    {
        Add("a");
        await StartAsync();
        await TurnAsync();
        var prober = Watch(await ProberAsync("a"));
        Directory.Enable("a", enabled: false);
        await ExpectTerminatedAsync(prober);
        Directory.Enable("a", enabled: true);
        await SettleAsync();
        Assert.Equal(BackendHealth.Unknown, HealthOf("a"));
        Time.Advance(Second);
        await NextAsync();
        Assert.Equal(BackendHealth.Healthy, HealthOf("a"));
    }

    [Fact]
    public async Task A_set_with_nothing_new_is_remembered_too_so_that_an_older_one_behind_it_is_ignored()
    {
        Add("a");

        // Who hears of b first removes it at once: the supervisor hears of that before it hears of b.
        Directory.Changed += set =>
        {
            if (set.All.Any(static status => status.Backend.Id == "b"))
            {
                Directory.Remove("b");
            }
        };
        await StartAsync();
        Add("b");
        await SettleAsync();
        Time.Advance(Second);
        Assert.Equal("a", (await NextAsync()).Backend.Id);
        await SettleAsync();
        Assert.Equal(0, Probe.Started("b"));
    }

    [Fact]
    public async Task Changes_of_weight_and_health_leave_every_prober_and_its_turn_as_they_are()
    {
        Add("a");
        Add("b");
        await StartAsync();
        var (one, other) = (await ProberAsync("a"), await ProberAsync("b"));
        var armed = Time.Armed.Count;
        Directory.SetWeight("a", 5);
        Directory.Drain("b", draining: true);
        Directory.Judge(Directory.Find("a")!, ProbeVerdict.Down, "by hand");
        await SettleAsync();
        Assert.Equal((one, other, armed), (await ProberAsync("a"), await ProberAsync("b"), Time.Armed.Count));
    }

    private bool IsReady() => Directory.Current is { EveryoneHasVerdict: true, Eligible.Length: > 0 };

    private async Task<int> CountAfterTurnAsync()
    {
        await TurnAsync();
        return Probe.Started("a");
    }
}
