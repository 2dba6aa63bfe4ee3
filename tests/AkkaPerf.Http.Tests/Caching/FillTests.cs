using AkkaPerf.Http.Caching;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>Who has a share in a load, and who is counted as waiting for it.</summary>
public sealed class FillTests
{
    private readonly Fill _fill = new(null!, null!, default, new ChangeCounts());

    [Fact]
    public async Task It_stops_when_all_who_read_it_were_left_behind()
    {
        var forgotten = _fill.TryJoin()!;
        Grow();
        _fill.DropLaggards();
        await StoppedAsync();

        // Who was left behind may still leave, once more or late.
        _fill.Leave(forgotten);
        Assert.Null(_fill.TryJoin());
    }

    [Fact]
    public async Task It_stops_when_those_have_left_who_were_not_left_behind()
    {
        _ = _fill.TryJoin();
        var reader = _fill.TryJoin()!;
        Grow();
        await reader.NextAsync(CancellationToken.None);
        var next = reader.NextAsync(CancellationToken.None);
        _fill.DropLaggards();
        Assert.False(next.IsCompleted);
        _fill.Leave(reader);
        await StoppedAsync();
    }

    [Fact]
    public void A_joiner_takes_the_place_of_the_first_one_who_waits_no_more()
    {
        _ = _fill.TryJoin();
        _ = _fill.TryJoin();
        _fill.AddJoiner();
        Assert.True(_fill.TryHandOver());
        Assert.True(_fill.TryTakeOver());
    }

    [Fact]
    public void A_joiner_who_waits_no_more_takes_nobody_s_place_even_before_he_has_left()
    {
        _ = _fill.TryJoin();
        _ = _fill.TryJoin();
        _fill.AddJoiner();
        Assert.False(_fill.TryTakeOver());
        Assert.False(_fill.TryHandOver());
    }

    [Fact]
    public void Who_has_a_share_but_was_refused_takes_nobody_s_place()
    {
        _ = _fill.TryJoin();
        _ = _fill.TryJoin();
        Assert.False(_fill.TryHandOver());
    }

    private void Grow()
    {
        _fill.Body.Begin(length: null, limit: 10);
        for (var room = _fill.Body.Room(); !_fill.Body.IsTooLarge; room = _fill.Body.Room())
        {
            _fill.Body.Advance(room.Length);
        }
    }

    private async Task StoppedAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var _ = _fill.Token.UnsafeRegister(static stopped => ((TaskCompletionSource)stopped!).TrySetResult(), stopped);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
