using AkkaPerf.Backends;
using AkkaPerf.Health;

namespace AkkaPerf.Tests.Backends;

/// <summary>The states of a backend, by the directory and the passive detection that drive them, in virtual time.</summary>
public sealed class HealthMachineTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly List<BackendTransition> _transitions = [];
    private readonly List<bool> _panics = [];
    private Fleet? _fleet;

    private Fleet Fleet => _fleet!;

    [Fact]
    public void An_ejection_lasts_between_half_its_length_and_all_and_each_that_follows_twice_as_long()
    {
        Start(new HealthRules { EjectionTime = 4 * Second, MaxEjectionTime = 10 * Second }, 1, 1);
        foreach (var longest in new[] { 4, 8, 10, 10 })
        {
            Fail("a", 5);
            Assert.Equal(BackendHealth.Ejected, Fleet["a"].Health);
            Fleet.Time.Advance((longest * Second / 2) - TimeSpan.FromTicks(1));
            Assert.Equal(BackendHealth.Ejected, Fleet["a"].Health);
            Fleet.Time.Advance((longest * Second / 2) + TimeSpan.FromMilliseconds(1));
            Assert.Equal(BackendHealth.Probation, Fleet["a"].Health);
            Exchange("a", BackendOutcome.Success);
            Assert.Equal(BackendHealth.Healthy, Fleet["a"].Health);
        }
    }

    [Fact]
    public void After_a_quiet_time_an_ejection_counts_as_the_first_again()
    {
        Start(new HealthRules { EjectionTime = 4 * Second }, 1, 1);
        Fail("a", 5);
        Fleet.Time.Advance(5 * Second);
        Exchange("a", BackendOutcome.Success);
        Fleet.Time.Advance(41 * Second);
        Fail("a", 5);
        Assert.Equal(1, Fleet["a"].Ejection.InARow);
    }

    [Fact]
    public void On_probation_one_request_at_a_time_and_the_first_to_end_decides()
    {
        Start(new HealthRules(), 1, 1);
        Eject("a");
        Assert.Equal((BackendHealth.Probation, 1), (Fleet["a"].Health, Fleet["a"].InFlightLimit));
        Assert.True(Assign("a"));
        Assert.False(Assign("a"));
        Assert.False(Fleet["a"].HasCredit);
        Fleet.End(Fleet["a"].Backend, BackendOutcome.Cancelled);
        Assert.Equal(BackendHealth.Probation, Fleet["a"].Health);
        Exchange("a", BackendOutcome.Timeout);
        Assert.Equal((BackendHealth.Ejected, "the request on trial failed: no answer in time"), (Fleet["a"].Health, Fleet["a"].Cause));
        Assert.Equal(2, Fleet["a"].Ejection.InARow);
    }

    [Fact]
    public void What_hangs_from_before_does_not_keep_a_backend_from_its_trial()
    {
        Start(new HealthRules(), 1, 1);
        var hangsSince = Fleet.Time.GetTimestamp();
        Assert.True(Assign("a"));
        Assert.True(Assign("a"));
        Eject("a");
        Assert.Equal(3, Fleet["a"].InFlightLimit);
        Assert.True(Assign("a"));
        Assert.False(Assign("a"));
        Fleet.End(Fleet["a"].Backend, BackendOutcome.Failure, hangsSince);
        Assert.Equal((BackendHealth.Probation, 2), (Fleet["a"].Health, Fleet["a"].InFlightLimit));
        Assert.False(Assign("a"));
        Fleet.End(Fleet["a"].Backend);
        Assert.Equal(BackendHealth.Healthy, Fleet["a"].Health);
    }

    [Fact]
    public void A_slow_start_goes_up_in_ten_steps_and_limits_what_is_in_flight_too()
    {
        Start(new HealthRules { SlowStart = 10 * Second, SlowStartFrom = 15 }, [Options("a", maxInFlight: 20), Options("b")]);
        Fleet.Time.Advance(10 * Second);
        Fleet.Judge("a", ProbeVerdict.Down);
        Fleet.Judge("a", ProbeVerdict.Up);
        var ramps = new List<int>();
        for (var i = 0; i <= 10; i++)
        {
            ramps.Add(Fleet["a"].Ramp);
            Assert.Equal(20 * Fleet["a"].Ramp / 100, Fleet["a"].InFlightLimit);
            Fleet.Time.Advance(Second);
        }

        Assert.Equal([15, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100], ramps);
        Assert.Equal(100, Fleet["b"].Ramp);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(4, 0, 4)]
    [InlineData(0, 3, 3)]
    [InlineData(4, 3, 3)]
    [InlineData(3, 4, 3)]
    public void The_lower_of_what_may_be_in_flight_and_the_connections_there_may_be_is_the_credit(int maxInFlight, int connections, int credit)
    {
        var status = new BackendStatus(new Backend(Options("a", maxInFlight), new Uri("http://a.test"), TimeProvider.System), 1, BackendHealth.Healthy, "", default)
        {
            ConnectionLimit = connections,
        };
        Assert.Equal(credit, status.InFlightLimit);
    }

    [Fact]
    public void Nobody_starts_slowly_while_nobody_else_could_do_the_work()
    {
        Start(new HealthRules { SlowStart = 10 * Second }, 1, 1);
        Assert.Equal((100, 100), (Fleet["a"].Ramp, Fleet["b"].Ramp));
        Fleet.Time.Advance(20 * Second);
        Fleet.Judge("a", ProbeVerdict.Down);
        Fleet.Judge("b", ProbeVerdict.Down);
        Fleet.Judge("a", ProbeVerdict.Up);
        Fleet.Judge("b", ProbeVerdict.Up);
        Assert.Equal((100, 100), (Fleet["a"].Ramp, Fleet["b"].Ramp));
    }

    [Fact]
    public void With_probing_off_too_whoever_is_new_or_comes_back_starts_slowly()
    {
        Start(new HealthRules { UnknownIsEligible = true, SlowStart = 10 * Second }, judge: false, [Options("a"), Options("b")]);
        Assert.Equal(100, Fleet["a"].Ramp);
        Fleet.Time.Advance(20 * Second);
        Fleet.Directory.Add(Options("c"));
        Assert.Equal((BackendHealth.Unknown, 10), (Fleet["c"].Health, Fleet["c"].Ramp));
        Fleet.Time.Advance(20 * Second);
        Eject("a");
        Exchange("a", BackendOutcome.Success);
        Assert.Equal((BackendHealth.Unknown, 10), (Fleet["a"].Health, Fleet["a"].Ramp));
    }

    [Fact]
    public void A_backend_that_is_switched_on_again_waits_for_its_probes()
    {
        Start(new HealthRules(), 1, 1);
        Assert.True(Fleet.Directory.Enable("a", enabled: false));
        Assert.Equal((BackendHealth.Disabled, "disabled by hand"), (Fleet["a"].Health, Fleet["a"].Cause));
        Fleet.Judge("a", ProbeVerdict.Down);
        Assert.Equal(BackendHealth.Disabled, Fleet["a"].Health);
        Assert.True(Fleet.Directory.Enable("a", enabled: true));
        Assert.Equal(BackendHealth.Unknown, Fleet["a"].Health);
        Fleet.Judge("a", ProbeVerdict.Up);
        Assert.Equal(BackendHealth.Healthy, Fleet["a"].Health);
    }

    [Fact]
    public void A_backend_that_joins_does_not_make_a_ready_pipeline_unready()
    {
        Start(new HealthRules(), 1, 1);
        Fleet.Directory.Add(Options("late"));
        Assert.False(Fleet.Directory.Current.EveryoneHasVerdict);
        Assert.True(Fleet.Directory.Current.HasBeenReady);
    }

    [Fact]
    public void Of_two_one_may_be_ejected_whatever_the_share_and_never_the_last()
    {
        Start(new HealthRules { MaxEjected = 0.1 }, 1, 1);
        Fail("a", 5);
        Fail("b", 50);
        Assert.Equal((BackendHealth.Ejected, BackendHealth.Healthy), (Fleet["a"].Health, Fleet["b"].Health));
    }

    [Fact]
    public void A_load_report_holds_for_three_intervals_and_a_repeated_one_makes_no_new_set()
    {
        Start(new HealthRules(), 1, 1);
        for (var i = 0; i < 5; i++)
        {
            Fleet.Directory.Report("a", isImpaired: true, "busy");
            Fleet.Time.Advance(20 * Second);
        }

        var before = Fleet.Directory.Current;
        Fleet.Directory.Report("a", isImpaired: true, "busy");
        Assert.Same(before, Fleet.Directory.Current);
        Fleet.Time.Advance((60 * Second) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(BackendHealth.Degraded, Fleet["a"].Health);
        Fleet.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((BackendHealth.Healthy, "its load report is too old"), (Fleet["a"].Health, Fleet["a"].Cause));
        Assert.Equal(TransitionKind.Load, _transitions[^1].Kind);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(15, 45)]
    [InlineData(3600, 180)]
    public void The_second_load_report_holds_for_ten_seconds_at_least_and_three_minutes_at_most(int interval, int seconds)
    {
        Start(new HealthRules(), 1, 1);
        Fleet.Directory.Report("a", isImpaired: true, "busy");
        Fleet.Time.Advance(Math.Min(interval, 179) * Second);
        Assert.Equal(BackendHealth.Degraded, Fleet["a"].Health);
        Fleet.Time.Advance((interval * Second) - (Math.Min(interval, 179) * Second));
        Fleet.Directory.Report("a", isImpaired: true, "busy");
        Fleet.Time.Advance((seconds * Second) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(BackendHealth.Degraded, Fleet["a"].Health);
        Fleet.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(BackendHealth.Healthy, Fleet["a"].Health);
    }

    [Fact]
    public void Who_was_drained_and_resumes_starts_slowly()
    {
        Start(new HealthRules { SlowStart = 10 * Second }, 1, 1);
        Fleet.Time.Advance(20 * Second);
        Fleet.Directory.Drain("a", draining: true);
        Fleet.Directory.Drain("a", draining: false);
        Assert.Equal((BackendHealth.Healthy, 10), (Fleet["a"].Health, Fleet["a"].Ramp));
    }

    [Fact]
    public void A_deadline_shorter_than_answers_take_blames_nobody_who_answers_others()
    {
        Start(new HealthRules(), 1, 1);
        for (var i = 0; i < 50; i++)
        {
            Took("a", BackendOutcome.Success, 200);
            Took("a", BackendOutcome.Timeout, 50);
            Took("a", BackendOutcome.Timeout, 50);
            Took("a", BackendOutcome.Timeout, 50);
            Took("a", BackendOutcome.Timeout, 50);
            Took("a", BackendOutcome.Timeout, 50);
            Took("a", BackendOutcome.Timeout, 50);
        }

        Assert.Equal((BackendHealth.Healthy, 0), (Fleet["a"].Health, Fleet["a"].Backend.Failed));
        Assert.InRange(Fleet["a"].Backend.ResponseTime.TotalMilliseconds, 199, 201);
    }

    [Fact]
    public void One_that_answers_nobody_any_more_is_blamed_however_long_its_answers_took()
    {
        Start(new HealthRules(), 1, 1);
        Took("a", BackendOutcome.Success, 200);
        for (var i = 0; i < 20 + 5; i++)
        {
            Took("a", BackendOutcome.Timeout, 50);
        }

        Assert.Equal(BackendHealth.Ejected, Fleet["a"].Health);
    }

    [Fact]
    public void A_deadline_that_answers_keep_as_a_rule_blames_as_before()
    {
        Start(new HealthRules(), 1, 1);
        Took("a", BackendOutcome.Success, 40);
        for (var i = 0; i < 5; i++)
        {
            Took("a", BackendOutcome.Timeout, 50);
        }

        Assert.Equal(BackendHealth.Ejected, Fleet["a"].Health);
    }

    [Fact]
    public void One_on_probation_whom_nobody_comes_to_try_keeps_others_in_no_longer_than_a_trial()
    {
        Start(new HealthRules { MaxEjected = 0.25 }, [Options("a"), Options("b"), Options("c"), Options("d")]);
        Eject("a");
        Fail("b", 10);
        Assert.Equal(BackendHealth.Healthy, Fleet["b"].Health);

        Fleet.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(BackendHealth.Probation, Fleet["a"].Health);
        Fail("b", 1);
        Assert.Equal(BackendHealth.Ejected, Fleet["b"].Health);
    }

    [Fact]
    public void One_on_probation_whose_trial_hangs_counts_as_out()
    {
        Start(new HealthRules { MaxEjected = 0.25 }, [Options("a"), Options("b"), Options("c"), Options("d")]);
        Eject("a");
        Assert.True(Assign("a"));
        Fleet.Time.Advance(TimeSpan.FromSeconds(6));
        Fail("b", 10);
        Assert.Equal(BackendHealth.Healthy, Fleet["b"].Health);
    }

    [Fact]
    public void The_last_one_stays_on_probation_until_a_request_goes_well()
    {
        Start(new HealthRules { PanicBelow = 0 }, 1, 1);
        Eject("a");
        Fleet.Judge("b", ProbeVerdict.Down);
        Exchange("a", BackendOutcome.Failure);
        Exchange("a", BackendOutcome.Failure);
        Assert.Equal(BackendHealth.Probation, Fleet["a"].Health);
        Exchange("a", BackendOutcome.Success);
        Assert.Equal(BackendHealth.Healthy, Fleet["a"].Health);
    }

    [Fact]
    public void The_failures_that_took_a_backend_out_do_not_count_when_it_is_back()
    {
        Start(new HealthRules(), 1, 1);
        Fail("a", 4);
        Fleet.Judge("a", ProbeVerdict.Down);
        Fail("a", 4);
        Fleet.Time.Advance(Second);
        Fleet.Judge("a", ProbeVerdict.Up);
        Fail("a", 4);
        Assert.Equal(BackendHealth.Healthy, Fleet["a"].Health);
        Fail("a", 1);
        Assert.Equal(BackendHealth.Ejected, Fleet["a"].Health);
    }

    [Fact]
    public void Ejected_by_hand_it_comes_back_even_with_passive_detection_off()
    {
        Start(new HealthRules(), judge: true, [Options("a"), Options("b")], new PassiveOptions { Enabled = false });
        Fail("a", 50);
        Assert.Equal(BackendHealth.Healthy, Fleet["a"].Health);
        Eject("a");
        Exchange("a", BackendOutcome.Success);
        Assert.Equal(BackendHealth.Healthy, Fleet["a"].Health);
    }

    [Fact]
    public void Panic_lets_in_what_was_ejected_but_not_what_fails_its_probes_and_is_told_once()
    {
        Start(new HealthRules { MaxEjected = 1, EjectionTime = TimeSpan.FromMinutes(1) }, 1, 1, 1, 1);
        Fail("a", 5);
        Fleet.Judge("b", ProbeVerdict.Down);
        Assert.Equal("cd", Eligible());
        Fail("c", 5);
        Assert.True(Fleet.Directory.Current.IsPanicking);
        Assert.Equal("acd", Eligible());
        Fleet.Directory.SetWeight("d", 2);
        Assert.Equal([true], _panics);
        Fleet.Judge("b", ProbeVerdict.Up);
        Assert.Equal("bd", Eligible());
        Assert.Equal([true, false], _panics);
    }

    [Fact]
    public void Without_panic_none_left_is_none_left()
    {
        Start(new HealthRules { PanicBelow = 0 }, 1, 1);
        Fail("a", 5);
        Fleet.Judge("b", ProbeVerdict.Down);
        Assert.Equal("", Eligible());
    }

    [Fact]
    public void Every_transition_is_counted_by_its_kind_and_told_in_order()
    {
        Start(new HealthRules(), 1, 1);
        Fail("a", 5);
        Fleet.Time.Advance(6 * Second);
        Exchange("a", BackendOutcome.Success);
        Fleet.Directory.Report("a", isImpaired: true, "busy");
        Fleet.Directory.Drain("a", draining: true);
        Fleet.Directory.Remove("a");
        var seen = _transitions.Where(transition => transition.Backend.Id == "a").Select(transition => (transition.Kind, transition.To));
        Assert.Equal(
            [
                (TransitionKind.Added, BackendHealth.Unknown),
                (TransitionKind.Probe, BackendHealth.Healthy),
                (TransitionKind.ConsecutiveFailures, BackendHealth.Ejected),
                (TransitionKind.Time, BackendHealth.Probation),
                (TransitionKind.Trial, BackendHealth.Healthy),
                (TransitionKind.Load, BackendHealth.Degraded),
                (TransitionKind.Manual, BackendHealth.Draining),
                (TransitionKind.Removed, null),
            ],
            seen);
        Assert.Equal(2, Fleet.Directory.Transitions.Count(TransitionKind.Added));
        Assert.Equal(1, Fleet.Directory.Transitions.Count(TransitionKind.Trial));
    }

    public void Dispose() => _fleet?.Dispose();

    private static BackendOptions Options(string id, int maxInFlight = 0) =>
        new() { Id = id, Address = new Uri($"http://{id}.test"), MaxInFlight = maxInFlight };

    private void Start(HealthRules rules, params int[] weights) =>
        Start(rules, judge: true, [.. weights.Select((weight, index) => Fleet.Options(Fleet.IdOf(index), weight))]);

    private void Start(HealthRules rules, BackendOptions[] backends) => Start(rules, judge: true, backends);

    private void Start(HealthRules rules, bool judge, BackendOptions[] backends, PassiveOptions? passive = null)
    {
        _fleet = new Fleet(rules);
        _fleet.Directory.Watcher = new PassiveHealth(_fleet.Directory, passive ?? new PassiveOptions(), _fleet.Time);
        _fleet.Directory.Transitions.Transitioned += _transitions.Add;
        _fleet.Directory.Transitions.PanicChanged += panic => _panics.Add(panic.IsPanicking);
        if (judge)
        {
            _fleet.AddUp(backends);
        }
        else
        {
            _fleet.Directory.Update(backends, []);
        }
    }

    private bool Assign(string id) => Fleet[id].Backend.TryAssign(Fleet[id].InFlightLimit, Fleet.Time.GetTimestamp());

    private void Exchange(string id, BackendOutcome outcome)
    {
        Assert.True(Assign(id));
        Fleet.End(Fleet[id].Backend, outcome);
    }

    private void Took(string id, BackendOutcome outcome, int milliseconds)
    {
        var assignedAt = Fleet.Time.GetTimestamp();
        Assert.True(Assign(id));
        Fleet.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        Fleet.End(Fleet[id].Backend, outcome, assignedAt);
    }

    private void Fail(string id, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Exchange(id, BackendOutcome.Failure);
        }
    }

    // Until it is on probation.
    private void Eject(string id)
    {
        Assert.True(Fleet.Directory.Eject(Fleet[id].Backend, TransitionKind.Manual, "by hand"));
        Fleet.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(BackendHealth.Probation, Fleet[id].Health);
    }

    private string Eligible() => string.Concat(Fleet.Directory.Current.Eligible.Select(status => status.Backend.Id).Order());
}
