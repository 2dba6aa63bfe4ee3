using AkkaPerf.Caching.Distributed;

namespace AkkaPerf.Tests.Caching.Distributed;

public sealed class BreakerTests
{
    private readonly Breaker _breaker = new(new BreakerOptions { Failures = 2, Duration = TimeSpan.FromSeconds(10) }, new Random(3));

    [Fact]
    public void Opens_with_the_last_of_the_failures_in_a_row()
    {
        Assert.True(_breaker.TryEnter(out var era));
        Assert.False(_breaker.Failed(era));
        _breaker.Succeeded(era);
        Assert.False(_breaker.Failed(era));
        Assert.True(_breaker.Failed(era));

        Assert.Equal(L2State.Open, _breaker.State);
        Assert.False(_breaker.TryEnter(out _));
    }

    [Fact]
    public void What_was_begun_before_has_no_say_afterwards()
    {
        _breaker.TryEnter(out var before);
        _breaker.Failed(before);
        _breaker.Failed(before);
        Assert.True(_breaker.TryProbe());
        _breaker.Probed(isBack: true);

        Assert.False(_breaker.Failed(before));
        Assert.False(_breaker.Failed(before));
        Assert.Equal(L2State.Closed, _breaker.State);
    }

    [Fact]
    public void One_probe_only()
    {
        Assert.False(_breaker.TryProbe());
        _breaker.TryEnter(out var era);
        _breaker.Failed(era);
        _breaker.Failed(era);

        Assert.True(_breaker.TryProbe());
        Assert.False(_breaker.TryProbe());
        Assert.False(_breaker.TryEnter(out _));
        _breaker.Probed(isBack: false);
        Assert.Equal(L2State.Open, _breaker.State);
        Assert.True(_breaker.TryProbe());
        _breaker.Probed(isBack: true);
        Assert.True(_breaker.TryEnter(out _));
    }

    [Fact]
    public void Pauses_are_the_duration_and_up_to_a_fifth_more()
    {
        double[] pauses = [.. Enumerable.Range(0, 1000).Select(_ => _breaker.NextPause().TotalSeconds)];

        Assert.All(pauses, pause => Assert.InRange(pause, 10, 12));
        Assert.InRange(pauses.Average(), 10.9, 11.1);
    }
}
