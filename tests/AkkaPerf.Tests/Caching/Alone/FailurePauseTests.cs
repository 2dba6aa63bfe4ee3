using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>A source that fails for a key is let alone for a while, if that is configured.</summary>
public sealed class FailurePauseTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly CacheRig _rig = new(options => (options.Ttl, options.Life.FailurePause) = (60 * Second, 10 * Second), hasSecond: true);

    public FailurePauseTests() => _rig.Source = (key, _) => throw new IOException("no " + key);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task By_default_whoever_asks_next_asks_the_source()
    {
        await using var rig = new CacheRig { Source = (_, _) => throw new IOException() };
        for (var i = 1; i <= 3; i++)
        {
            await Assert.ThrowsAsync<IOException>(() => rig.GetAsync().AsTask());
            Assert.Equal(i, rig.Loads);
        }
    }

    [Fact]
    public async Task Who_comes_within_the_pause_is_told_at_once_and_the_source_is_not_asked()
    {
        await Assert.ThrowsAsync<IOException>(() => _rig.GetAsync().AsTask());
        await _rig.AdvanceAsync(9 * Second);

        var one = await Assert.ThrowsAsync<LoadPausedException>(() => _rig.GetAsync().AsTask());
        var other = await Assert.ThrowsAsync<LoadPausedException>(() => _rig.GetAsync().AsTask());

        Assert.Equal(1, _rig.Loads);
        Assert.NotSame(one, other);
        Assert.Equal("no k", Assert.IsType<IOException>(one.InnerException).Message);
        Assert.InRange(one.RetryAfter, Second, 3 * Second);
        Assert.False(_rig.Cache.TryGet("k", out _));
        Assert.Equal((0, 1), (_rig.Cache.Statistics.Entries, _rig.Cache.Statistics.LoadFailures));
    }

    [Fact]
    public async Task After_the_pause_the_source_is_asked_again_and_other_keys_were_all_along()
    {
        await Assert.ThrowsAsync<IOException>(() => _rig.GetAsync().AsTask());
        await Assert.ThrowsAsync<IOException>(() => _rig.GetAsync("other").AsTask());
        await _rig.AdvanceAsync(12 * Second + TimeSpan.FromTicks(1));

        _rig.Source = (_, _) => ValueTask.FromResult("back");

        Assert.Equal("back", await _rig.GetAsync());
        Assert.Equal(3, _rig.Loads);
    }

    [Fact]
    public async Task A_pause_is_not_prolonged_by_those_who_ask_meanwhile()
    {
        await Assert.ThrowsAsync<IOException>(() => _rig.GetAsync().AsTask());
        for (var i = 0; i < 13; i++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => _rig.GetAsync().AsTask());
            await _rig.AdvanceAsync(Second);
        }

        Assert.Equal(2, _rig.Loads);
    }

    [Theory]
    [InlineData("set")]
    [InlineData("remove")]
    [InlineData("clear")]
    [InlineData("preload")]
    public async Task Whoever_changes_the_key_ends_the_pause(string by)
    {
        await Assert.ThrowsAsync<IOException>(() => _rig.GetAsync().AsTask());
        _rig.Source = (_, _) => ValueTask.FromResult("back");

        await (by switch
        {
            "set" => _rig.Cache.SetAsync("k", "back", new CacheEntryOptions { Ttl = TimeSpan.FromMilliseconds(1) }).AsTask(),
            "remove" => _rig.Cache.RemoveAsync("k").AsTask(),
            "clear" => _rig.Cache.ClearAsync().AsTask(),
            _ => _rig.Cache.PreloadAsync("k", _rig.LoadAsync).AsTask(),
        });
        await _rig.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        Assert.Equal("back", await _rig.GetAsync());
    }

    [Fact]
    public async Task What_another_process_has_loaded_meanwhile_is_found()
    {
        await Assert.ThrowsAsync<IOException>(() => _rig.GetAsync().AsTask());
        await _rig.New().SetAsync("k", "of another");

        Assert.Equal("of another", await _rig.GetAsync());
        Assert.Equal(0, _rig.Cache.Engine.Levels.Failed.Count);
    }

    [Fact]
    public async Task Who_cancels_says_nothing_about_the_source()
    {
        var load = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source = (_, token) =>
        {
            token.Register(() => load.TrySetCanceled(token));
            return new ValueTask<string>(load.Task);
        };
        using var cancellation = new CancellationTokenSource();
        var asking = _rig.GetAsync("k", cancellation.Token).AsTask();
        await CacheRig.UntilAsync(() => _rig.Loads == 1, "the load");

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await CacheRig.UntilAsync(() => _rig.Cache.Statistics.InFlight == 0, "the load's end");

        Assert.Equal(0, _rig.Cache.Engine.Levels.Failed.Count);
    }

    [Fact]
    public async Task What_is_stale_but_allowed_is_answered_and_held_by_its_own_pause()
    {
        await using var rig = new CacheRig(options =>
        {
            options.Ttl = 60 * Second;
            options.Stale.IfError = 600 * Second;
            options.Life.FailurePause = 10 * Second;
        });
        await rig.GetAsync();
        rig.Source = (_, _) => throw new IOException();
        await rig.AdvanceAsync(61 * Second);

        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal("value of k", await rig.GetAsync());
            Assert.Equal(1 + i, rig.Loads);
            await rig.AdvanceAsync(Second);
        }

        Assert.Equal(0, rig.Cache.Engine.Levels.Failed.Count);
    }

    [Fact]
    public async Task Those_who_wait_for_one_load_share_its_failure_and_those_who_come_later_the_pause()
    {
        var load = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source = (_, _) => new ValueTask<string>(load.Task);
        var asking = Enumerable.Range(0, 100).Select(_ => _rig.GetAsync().AsTask()).ToList();
        await CacheRig.UntilAsync(() => _rig.Loads == 1, "the load");

        load.SetException(new IOException("down"));

        foreach (var one in asking)
        {
            await Assert.ThrowsAsync<IOException>(() => one);
        }

        var told = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Assert.ThrowsAsync<LoadPausedException>(() => _rig.GetAsync().AsTask())));
        Assert.Equal((100, 1), (told.Distinct().Count(), _rig.Loads));
    }
}
