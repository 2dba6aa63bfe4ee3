using AkkaPerf.Http.Caching;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>Who has a share in a load.</summary>
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
