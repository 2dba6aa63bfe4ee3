using AkkaPerf.Caching;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class WriteBehindTests
{
    private readonly WriteBehind _behind = new();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _log = [];

    [Fact]
    public async Task What_somebody_waits_for_is_done_however_far_the_lane_is_behind()
    {
        var waited = Fill(5_000, (key, i) => _behind.Run("k", Log("set " + i), instead: null));

        _gate.SetResult();
        await Task.WhenAll(waited);

        Assert.Equal(Enumerable.Range(0, 5_000).Select(i => "set " + i), _log);
        Assert.Equal(0, _behind.Dropped);
    }

    [Fact]
    public async Task A_write_that_is_dropped_removes_its_key_after_the_older_write()
    {
        // One lane, so that it is behind: all of one key, and each must be done.
        var waited = Fill(2_000, (key, i) => _behind.Run("k", Log("set"), instead: null));
        var dropped = _behind.Run("k", Log("newest"), Log("removed"));

        _gate.SetResult();
        await Task.WhenAll([.. waited, dropped]);

        Assert.Equal("removed", _log[^1]);
        Assert.DoesNotContain("newest", _log);
        Assert.Equal(1, _behind.Dropped);
    }

    [Fact]
    public async Task A_million_dropped_writes_of_a_key_wait_as_one_removal()
    {
        var waited = Fill(2_000, (key, i) => _behind.Run("k", Log("set"), instead: null));
        var tasks = Enumerable.Range(0, 1_000_000).Select(_ => _behind.Run("k", Log("newest"), Log("removed"))).Distinct().ToList();

        _gate.SetResult();
        await Task.WhenAll([.. waited, .. tasks]);

        Assert.Same(tasks[0], tasks[^1]);
        Assert.Equal(1, _log.Count(what => what == "removed"));
    }

    [Fact]
    public async Task A_newer_write_takes_the_place_of_one_that_waits_but_not_across_a_removal()
    {
        var first = Fill(1, (key, i) => _behind.Run("k", Log("first"), Log("-")))[0];
        var second = _behind.Run("k", Log("second"), Log("-"));
        var removal = _behind.Run("k", Log("removal"), instead: null);
        var third = _behind.Run("k", Log("third"), Log("-"));

        _gate.SetResult();
        await Task.WhenAll(first, second, removal, third);

        Assert.Equal(["second", "removal", "third"], _log);
    }

    [Fact]
    public async Task Work_that_fails_tells_who_waits_and_the_lane_goes_on()
    {
        var failed = _behind.Run("k", () => throw new InvalidDataException(), Log("removed"));
        var next = _behind.Run("k", Log("next"), instead: null);

        await Assert.ThrowsAsync<InvalidDataException>(() => failed);
        await next;
        await _behind.FlushAsync();

        Assert.Equal(["removed", "next"], _log);
    }

    [Fact]
    public async Task The_end_waits_so_long_and_no_longer()
    {
        var time = new FakeTimeProvider();
        var waited = Fill(1, (key, i) => _behind.Run("k", Log("late"), instead: null))[0];

        var flushing = _behind.FlushAsync(TimeSpan.FromSeconds(3), time);
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(flushing.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.False(await flushing);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waited);
        _gate.SetResult();
        Assert.True(await _behind.FlushAsync(TimeSpan.FromSeconds(3), time));
        Assert.Empty(_log);
    }

    // Holds up the lane of the key, and then adds so many things to it.
    private List<Task> Fill(int count, Func<string, int, Task> add)
    {
        var isHeld = new ManualResetEventSlim();
        _ = _behind.Run("k", () =>
        {
            isHeld.Set();
            return new ValueTask(_gate.Task);
        }, instead: null);
        isHeld.Wait();
        return [.. Enumerable.Range(0, count).Select(i => add("k", i))];
    }

    private Func<ValueTask> Log(string what) => () =>
    {
        _log.Add(what);
        return ValueTask.CompletedTask;
    };
}
