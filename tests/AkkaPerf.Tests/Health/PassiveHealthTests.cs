using AkkaPerf.Backends;
using AkkaPerf.Health;
using AkkaPerf.Tests.Backends;

namespace AkkaPerf.Tests.Health;

public sealed class PassiveHealthTests : IDisposable
{
    private readonly Fleet _fleet = new(new HealthRules { EjectionTime = TimeSpan.FromSeconds(5), SlowStart = TimeSpan.FromSeconds(10) });

    public PassiveHealthTests()
    {
        _fleet.Directory.Watcher = new PassiveHealth(
            _fleet.Directory, new PassiveOptions { ConsecutiveFailures = 5, SuccessRate = 0.8, MinRequests = 20, Window = TimeSpan.FromSeconds(10) }, _fleet.Time);
        _fleet.AddUp(1, 1, 1, 1);
    }

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public void So_many_failures_in_a_row_eject_and_a_success_ends_the_row()
    {
        Repeat("a", BackendOutcome.Failure, 4);
        Repeat("a", BackendOutcome.Success, 1);
        Repeat("a", BackendOutcome.Timeout, 2);
        Repeat("a", BackendOutcome.Unreachable, 2);
        Assert.Equal(BackendHealth.Healthy, _fleet["a"].Health);
        Repeat("a", BackendOutcome.Failure, 1);
        Assert.Equal((BackendHealth.Ejected, "5 failures in a row, the last: it failed"), (_fleet["a"].Health, _fleet["a"].Cause));
    }

    [Fact]
    public void Who_left_and_what_never_came_says_nothing()
    {
        Repeat("a", BackendOutcome.Failure, 4);
        Repeat("a", BackendOutcome.Cancelled, 50);
        Repeat("a", BackendOutcome.Inconclusive, 50);
        Assert.Equal(BackendHealth.Healthy, _fleet["a"].Health);
        Repeat("a", BackendOutcome.Failure, 1);
        Assert.Equal(BackendHealth.Ejected, _fleet["a"].Health);
    }

    [Fact]
    public void Too_small_a_part_of_good_answers_ejects_once_there_are_enough()
    {
        // One of four fails: 75 %. At the nineteenth there are too few to say so.
        for (var i = 1; i <= 19; i++)
        {
            Repeat("a", i % 4 == 0 ? BackendOutcome.Failure : BackendOutcome.Success, 1);
        }

        Assert.Equal(BackendHealth.Healthy, _fleet["a"].Health);
        Repeat("a", BackendOutcome.Failure, 1);
        Assert.Equal((BackendHealth.Ejected, "only 75 % of 20 went well"), (_fleet["a"].Health, _fleet["a"].Cause));
    }

    [Fact]
    public void A_burst_among_old_successes_is_not_hidden_and_what_is_old_does_not_count()
    {
        Repeat("a", BackendOutcome.Success, 1000);
        _fleet.Time.Advance(TimeSpan.FromSeconds(11));
        for (var i = 0; i < 10; i++)
        {
            Repeat("a", BackendOutcome.Failure, 1);
            Repeat("a", BackendOutcome.Success, 1);
        }

        Assert.Equal(BackendHealth.Healthy, _fleet["a"].Health);
        Repeat("a", BackendOutcome.Failure, 1);
        Assert.Equal(BackendHealth.Ejected, _fleet["a"].Health);
    }

    [Fact]
    public void One_request_decides_and_a_good_one_leads_to_a_slow_start()
    {
        Repeat("a", BackendOutcome.Failure, 5);
        _fleet.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((BackendHealth.Probation, 1), (_fleet["a"].Health, _fleet["a"].InFlightLimit));
        Repeat("a", BackendOutcome.Success, 1);
        Assert.Equal((BackendHealth.Healthy, 10), (_fleet["a"].Health, _fleet["a"].Ramp));
        _fleet.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(50, _fleet["a"].Ramp);
        _fleet.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(100, _fleet["a"].Ramp);
    }

    [Fact]
    public void Bad_trial_ejects_again_and_for_longer()
    {
        Repeat("a", BackendOutcome.Failure, 5);
        var lengths = new List<TimeSpan>();
        for (var i = 0; i < 9; i++)
        {
            var begun = _fleet.Time.GetUtcNow();
            while (_fleet["a"].Health == BackendHealth.Ejected)
            {
                _fleet.Time.Advance(TimeSpan.FromMilliseconds(100));
            }

            lengths.Add(_fleet.Time.GetUtcNow() - begun);
            Repeat("a", BackendOutcome.Failure, 1);
        }

        // Half certain, half chance, doubled up to five minutes.
        Assert.All(lengths.Index(), static one =>
        {
            var most = TimeSpan.FromSeconds(Math.Min(300, 5 * Math.Pow(2, one.Index)));
            Assert.InRange(one.Item, most / 2, most + TimeSpan.FromMilliseconds(100));
        });
    }

    [Fact]
    public void What_began_before_the_ejection_ended_does_not_decide_the_trial()
    {
        var begun = _fleet.Time.GetTimestamp();
        var backend = _fleet["a"].Backend;
        Assert.True(backend.TryAssign(limit: 0, begun));
        Repeat("a", BackendOutcome.Failure, 5);
        _fleet.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(BackendHealth.Probation, _fleet["a"].Health);

        _fleet.End(backend, BackendOutcome.Success, begun);

        Assert.Equal(BackendHealth.Probation, _fleet["a"].Health);
    }

    [Fact]
    public void Trial_that_hangs_is_left_aside_and_another_request_decides()
    {
        Repeat("a", BackendOutcome.Failure, 5);
        _fleet.Time.Advance(TimeSpan.FromSeconds(5));
        var backend = _fleet["a"].Backend;
        var begun = _fleet.Time.GetTimestamp();
        Assert.True(backend.TryAssign(_fleet["a"].InFlightLimit, begun));
        Assert.False(_fleet["a"].HasCredit);
        _fleet.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.True(_fleet["a"].HasCredit);
        Repeat("a", BackendOutcome.Success, 1);
        Assert.Equal(BackendHealth.Healthy, _fleet["a"].Health);
        _fleet.End(backend, BackendOutcome.Failure, begun);
        Assert.Equal(BackendHealth.Healthy, _fleet["a"].Health);
    }

    [Fact]
    public void At_most_half_are_ejected_and_of_two_one_and_never_the_last()
    {
        Array.ForEach(["a", "b", "c", "d"], id => Repeat(id, BackendOutcome.Failure, 50));
        Assert.Equal(2, _fleet.Directory.Current.All.Count(static status => status.Health == BackendHealth.Ejected));

        _fleet.Directory.Update([], ["b", "d"]);
        Repeat("c", BackendOutcome.Failure, 50);
        Assert.Equal([BackendHealth.Ejected, BackendHealth.Healthy], _fleet.Directory.Current.All.Select(static status => status.Health));
        _fleet.Directory.Remove("a");
        Repeat("c", BackendOutcome.Failure, 50);
        Assert.Equal(BackendHealth.Healthy, _fleet["c"].Health);
    }

    [Fact]
    public void Good_probe_does_not_undo_an_ejection_but_a_restart_does()
    {
        Repeat("a", BackendOutcome.Failure, 5);
        _fleet.Judge("a", ProbeVerdict.Up);
        Assert.Equal(BackendHealth.Ejected, _fleet["a"].Health);
        _fleet.Judge("a", ProbeVerdict.Down);
        Assert.Equal(BackendHealth.Unhealthy, _fleet["a"].Health);
        _fleet.Judge("a", ProbeVerdict.Up);
        Assert.Equal(BackendHealth.Healthy, _fleet["a"].Health);
        Repeat("a", BackendOutcome.Failure, 4);
        Assert.Equal(BackendHealth.Healthy, _fleet["a"].Health);
    }

    private void Repeat(string id, BackendOutcome outcome, int times)
    {
        var backend = _fleet[id].Backend;
        for (var i = 0; i < times; i++)
        {
            Assert.True(backend.TryAssign(limit: 0, _fleet.Time.GetTimestamp()));
            _fleet.End(backend, outcome);
        }
    }
}
