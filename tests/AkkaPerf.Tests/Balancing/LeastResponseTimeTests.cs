using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Tests.Backends;

namespace AkkaPerf.Tests.Balancing;

/// <summary>Each of these is a way in which latency times load alone goes wrong.</summary>
public sealed class LeastResponseTimeTests : IDisposable
{
    private readonly Fleet _fleet = Fleet.Of(1, 1, 1);
    private readonly BackendSelector _selector;

    public LeastResponseTimeTests() => _selector = _fleet.Select("least-response-time");

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public void The_quickest_gets_most_and_load_evens_it_out()
    {
        Know(("a", 10), ("b", 20), ("c", 30));
        var picks = Enumerable.Range(0, 110).Select(_ => _fleet.Assign(_selector).Id).CountBy(static id => id).ToDictionary();

        // In proportion to how many each answers in a time: 60, 30, 20, within what counts as alike.
        Assert.InRange(picks["a"], 52, 68);
        Assert.InRange(picks["b"], 25, 36);
        Assert.InRange(picks["c"], 16, 26);
    }

    [Fact]
    public void Those_that_are_alike_share_idle_traffic()
    {
        Know(("a", 100), ("b", 104), ("c", 96));
        var picks = Enumerable.Range(0, 300).Select(_ => Pass(100)).CountBy(static id => id).ToDictionary();
        Assert.All(picks.Values, static count => Assert.Equal(100, count));
    }

    [Fact]
    public void One_that_hangs_is_noticed_before_it_answers()
    {
        Know(("a", 100), ("b", 100), ("c", 100));
        var hanging = _fleet["b"].Backend;
        Assert.True(hanging.TryAssign(limit: 0, _fleet.Time.GetTimestamp()));

        // Twice the average, not sooner: that is within what happens.
        _fleet.Time.Advance(TimeSpan.FromMilliseconds(150));
        Load("a", 4);
        Load("c", 4);
        Assert.Equal("b", _fleet.Assign(_selector).Id);
        _fleet.Time.Advance(TimeSpan.FromMilliseconds(500));
        Know(("a", 100), ("c", 100));
        Load("a", 8);
        Load("c", 8);
        Assert.All(Enumerable.Range(0, 20), _ => Assert.NotEqual("b", _fleet.Assign(_selector).Id));
    }

    [Fact]
    public void One_that_fails_at_once_is_not_quick()
    {
        Know(("a", 100), ("b", 100), ("c", 100));
        var bad = _fleet["c"].Backend;
        for (var i = 0; i < 2; i++)
        {
            Assert.True(bad.TryAssign(limit: 0, _fleet.Time.GetTimestamp()));
            _fleet.End(bad, BackendOutcome.Failure);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(100), bad.ResponseTime);
        Assert.All(Enumerable.Range(0, 30), _ => Assert.NotEqual("c", _fleet.Assign(_selector).Id));
    }

    [Fact]
    public void Caller_that_leaves_is_no_failure_but_it_took_that_long()
    {
        Know(("a", 100));
        var backend = _fleet["a"].Backend;
        Assert.True(backend.TryAssign(limit: 0, _fleet.Time.GetTimestamp()));
        _fleet.End(backend, BackendOutcome.Cancelled, _fleet.Time.GetTimestamp());
        Assert.Equal((TimeSpan.FromMilliseconds(100), 0.0, 0), (backend.ResponseTime, backend.FailureShare, backend.Failed));

        var begun = _fleet.Time.GetTimestamp();
        Assert.True(backend.TryAssign(limit: 0, begun));
        _fleet.Time.Advance(TimeSpan.FromMilliseconds(300));
        _fleet.End(backend, BackendOutcome.Cancelled, begun);
        Assert.True(backend.ResponseTime > TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void Idle_slow_one_does_not_win_because_the_quick_ones_are_busy()
    {
        Know(("a", 100), ("b", 100), ("c", 2000));
        Load("a", 30);
        Load("b", 30);
        Assert.All(Enumerable.Range(0, 20), _ => Assert.NotEqual("c", _fleet.Assign(_selector).Id));
    }

    // Where at most one is in flight loads are all the same, and only times tell who is slow.
    [Fact]
    public void One_after_the_other_the_slow_one_is_asked_only_to_find_out()
    {
        Know(("a", 100), ("b", 100), ("c", 2000));
        var other = _fleet.Select("least-connections");
        Assert.Equal(100, Enumerable.Range(0, 300).Count(_ => _fleet.Pass(other) == "c"));
        Know(("a", 100), ("b", 100), ("c", 2000));
        Assert.InRange(Enumerable.Range(0, 300).Count(_ => Pass() == "c"), 0, 10);

        string Pass()
        {
            var begun = _fleet.Time.GetTimestamp();
            var backend = _fleet.Assign(_selector);
            _fleet.Time.Advance(TimeSpan.FromMilliseconds(backend.Id == "c" ? 2000 : 100));
            _fleet.End(backend, BackendOutcome.Success, begun);
            return backend.Id;
        }
    }

    [Fact]
    public void What_is_known_fades_while_it_is_idle_and_one_request_finds_out()
    {
        Know(("a", 100), ("b", 100), ("c", 2000));
        Load("a", 10);
        Load("b", 10);
        _fleet.Time.Advance(TimeSpan.FromSeconds(60));

        // Those in flight have aged as well; they are as new.
        Know(("a", 100), ("b", 100));
        Assert.Equal("c", _fleet.Assign(_selector).Id);
        Assert.All(Enumerable.Range(0, 8), _ => Assert.NotEqual("c", _fleet.Assign(_selector).Id));
    }

    [Fact]
    public void Reading_changes_nothing()
    {
        Know(("a", 100), ("b", 50), ("c", 200));
        var before = _fleet.Directory.Current.All.Select(static status => (status.Backend.ResponseTime, status.Backend.FailureShare)).ToArray();
        for (var i = 0; i < 1000; i++)
        {
            var backend = _fleet.Assign(_selector);
            backend.Ended(BackendOutcome.Inconclusive, _fleet.Time.GetTimestamp(), 0);
        }

        Assert.Equal(before, _fleet.Directory.Current.All.Select(static status => (status.Backend.ResponseTime, status.Backend.FailureShare)));
    }

    [Fact]
    public void New_one_gets_one_request_until_it_has_answered()
    {
        Know(("a", 100), ("b", 100));
        Load("a", 5);
        Load("b", 5);
        Assert.Equal("c", _fleet.Assign(_selector).Id);
        Assert.All(Enumerable.Range(0, 20), _ => Assert.NotEqual("c", _fleet.Assign(_selector).Id));
    }

    [Fact]
    public void All_new_ones_are_filled_evenly()
    {
        var picks = Enumerable.Range(0, 30).Select(_ => _fleet.Assign(_selector).Id).CountBy(static id => id);
        Assert.All(picks, static pick => Assert.Equal(10, pick.Value));
    }

    private void Know(params (string Id, int Milliseconds)[] times)
    {
        foreach (var (id, milliseconds) in times)
        {
            var backend = _fleet[id].Backend;
            var begun = _fleet.Time.GetTimestamp() - TimeSpan.FromMilliseconds(milliseconds).Ticks;
            while (backend.InFlight > 0)
            {
                backend.Ended(BackendOutcome.Inconclusive, _fleet.Time.GetTimestamp(), 0);
            }

            Assert.True(backend.TryAssign(limit: 0, begun));
            backend.BeginAnew(begun);
            _fleet.End(backend, BackendOutcome.Success, begun);
            Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), backend.ResponseTime);
        }
    }

    private void Load(string id, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(_fleet[id].Backend.TryAssign(limit: 0, _fleet.Time.GetTimestamp()));
        }
    }

    private string Pass(int milliseconds)
    {
        var begun = _fleet.Time.GetTimestamp();
        var backend = _fleet.Assign(_selector);
        _fleet.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        _fleet.End(backend, BackendOutcome.Success, begun);
        return backend.Id;
    }
}
