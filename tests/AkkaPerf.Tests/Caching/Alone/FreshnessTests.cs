using AkkaPerf.Caching;
using AkkaPerf.Caching.Loads;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class FreshnessTests : IAsyncDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly CacheRig _rig;
    private CacheOptions _options = new();

    public FreshnessTests() => _rig = new CacheRig(options =>
    {
        _options = options;
        options.Ttl = 10 * Minute;
        options.Stale.WhileRevalidate = 2 * Minute;
        options.Stale.IfError = 20 * Minute;
        options.Stale.RetryAfter = 0.5 * Minute;
        options.Refresh.Eager = 0.8;
    });

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task A_hit_late_in_its_life_is_answered_at_once_and_refreshed_in_the_background()
    {
        await LoadAsync("old");
        _rig.Time.Advance((8 * Minute) - TimeSpan.FromTicks(1));
        Assert.Equal("old", await _rig.GetAsync());
        Assert.Equal(1, _rig.Loads);

        _rig.Time.Advance(TimeSpan.FromTicks(1));
        _rig.Source = (_, _) => ValueTask.FromResult("new");
        Assert.Equal("old", await _rig.GetAsync());

        await UntilKnownAsync("new");
        Assert.Equal((2, 1, 0), (_rig.Loads, _rig.Cache.Statistics.Refreshes, _rig.Cache.Statistics.Stale));
    }

    [Fact]
    public async Task Many_hits_at_once_cause_one_refresh()
    {
        await LoadAsync("old");
        _rig.Time.Advance(9 * Minute);
        var refresh = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source = (_, _) => new ValueTask<string>(refresh.Task);

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("old", await _rig.GetAsync());
        }

        refresh.SetResult("new");
        await UntilKnownAsync("new");
        Assert.Equal(2, _rig.Loads);
    }

    [Fact]
    public async Task After_its_life_it_is_answered_while_it_is_refreshed_and_then_no_more()
    {
        await LoadAsync("old");
        _rig.Time.Advance(11 * Minute);
        var refresh = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source = (_, _) => new ValueTask<string>(refresh.Task);
        Assert.Equal("old", await _rig.GetAsync());
        Assert.Equal(1, _rig.Cache.Statistics.Stale);

        _rig.Time.Advance(Minute);
        var waiting = _rig.GetAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        refresh.SetResult("new");

        Assert.Equal("new", await waiting);
    }

    [Fact]
    public async Task If_the_source_fails_the_stale_value_is_answered_and_the_source_left_alone_for_a_while()
    {
        await LoadAsync("old");
        _rig.Time.Advance(15 * Minute);
        _rig.Source = (_, _) => throw new InvalidDataException("down");

        Assert.Equal("old", await _rig.GetAsync());
        Assert.Equal("old", await _rig.GetAsync());
        Assert.Equal(2, _rig.Loads);

        _rig.Time.Advance(0.5 * Minute);
        _rig.Source = (_, _) => ValueTask.FromResult("up");
        Assert.Equal("up", await _rig.GetAsync());
    }

    // Whoever asked before the removal still has the old value in his hands when his load begins.
    [Fact]
    public async Task What_was_removed_before_a_load_began_is_not_answered_to_who_joins_it_nor_stored_again()
    {
        await LoadAsync("removed");
        _rig.Time.Advance(11 * Minute);
        var known = Assert.IsType<CacheEntry<string>>(_rig.Cache.Engine.Levels.Peek("k", _rig.Time.GetTimestamp()));
        await _rig.Cache.RemoveAsync("k");
        var source = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source = (_, _) => new ValueTask<string>(source.Task);

        _rig.Cache.Engine.Refresh(new Ask<string, string>("k", Options: null, [], known), new KeyLoad<string, string>("k", _rig.LoadAsync));
        var joined = _rig.GetAsync().AsTask();
        Assert.Equal(1, _rig.Cache.Engine.Flights.Joiners);
        source.SetException(new InvalidDataException("down"));

        await Assert.ThrowsAsync<InvalidDataException>(() => joined);
        Assert.False(_rig.Cache.TryGet("k", out _));
    }

    [Fact]
    public async Task Stale_values_have_an_end()
    {
        await LoadAsync("old");
        _rig.Time.Advance(30 * Minute);
        _rig.Source = (_, _) => throw new InvalidDataException("down");

        await Assert.ThrowsAsync<InvalidDataException>(() => _rig.GetAsync().AsTask());
    }

    [Fact]
    public async Task Who_waits_longer_than_the_soft_timeout_gets_the_stale_value_and_the_load_goes_on()
    {
        _options.Stale.SoftTimeout = TimeSpan.FromSeconds(1);
        await LoadAsync("old");
        _rig.Time.Advance(15 * Minute);
        var slow = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var token = CancellationToken.None;
        _rig.Source = (_, loading) =>
        {
            token = loading;
            return new ValueTask<string>(slow.Task);
        };
        var asking = _rig.GetAsync().AsTask();
        Assert.False(asking.IsCompleted);

        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("old", await asking);
        Assert.False(token.IsCancellationRequested);
        slow.SetResult("new");

        await UntilKnownAsync("new");
        Assert.Equal(2, _rig.Loads);
    }

    [Fact]
    public async Task A_load_that_nobody_waits_for_does_not_go_on_for_ever()
    {
        await LoadAsync("old");
        _rig.Time.Advance(11 * Minute);
        var token = CancellationToken.None;
        _rig.Source = (_, loading) =>
        {
            token = loading;
            return new ValueTask<string>(new TaskCompletionSource<string>().Task);
        };
        Assert.Equal("old", await _rig.GetAsync());
        await CacheRig.UntilAsync(() => _rig.Loads == 2, "the refresh to begin");

        _rig.Time.Advance(TimeSpan.FromSeconds(30));

        await CacheRig.UntilAsync(() => token.IsCancellationRequested, "the refresh to be told");
        _rig.Source = (_, _) => ValueTask.FromResult("new");
        await _rig.GetAsync();
        await UntilKnownAsync("new");
    }

    [Fact]
    public async Task The_source_may_say_that_nothing_has_changed()
    {
        await LoadAsync("v1");
        _rig.Time.Advance(31 * Minute);
        var seen = new List<string>();
        await GetWithContextAsync(seen, "v2");
        _rig.Time.Advance(13 * Minute);

        Assert.Equal("v2", await GetWithContextAsync(seen, changed: null));
        _rig.Time.Advance(7 * Minute);
        Assert.Equal("v2", await GetWithContextAsync(seen, "never asked"));

        Assert.Equal(["none", "v2"], seen);
    }

    [Fact]
    public async Task A_load_decides_how_long_its_value_lives_and_whether_it_is_kept()
    {
        await _rig.Cache.GetOrAddAsync("short", 0, (_, context, _) =>
        {
            context.Options = new CacheEntryOptions { Ttl = Minute, StaleIfError = TimeSpan.Zero, StaleWhileRevalidate = TimeSpan.Zero };
            return ValueTask.FromResult("v");
        });
        await _rig.Cache.GetOrAddAsync("unkept", 0, (_, context, _) =>
        {
            context.IsKept = false;
            return ValueTask.FromResult("v");
        });

        Assert.True(_rig.Cache.TryGet("short", out _));
        Assert.False(_rig.Cache.TryGet("unkept", out _));
        _rig.Time.Advance(Minute);
        Assert.False((await _rig.Cache.GetAsync("short")).HasValue);
    }

    [Fact]
    public async Task Null_has_a_life_of_its_own()
    {
        _options.Life.NegativeTtl = Minute;
        await LoadAsync(null!);
        Assert.True(_rig.Cache.TryGet("k", out var value));
        Assert.Null(value);

        _rig.Time.Advance(25 * Minute);
        Assert.False(_rig.Cache.TryGet("k", out _));

        _options.Life.NegativeTtl = TimeSpan.Zero;
        await _rig.GetAsync("other");
        Assert.False(_rig.Cache.TryGet("other", out _));
    }

    [Fact]
    public async Task Jitter_spreads_the_ends_of_what_was_made_together()
    {
        _options.Life.Jitter = 0.5;
        for (var i = 0; i < 100; i++)
        {
            await _rig.GetAsync("k" + i);
        }

        _rig.Time.Advance(7.5 * Minute);

        Assert.InRange(Enumerable.Range(0, 100).Count(i => _rig.Cache.TryGet("k" + i, out _)), 25, 75);
    }

    [Fact]
    public async Task A_result_says_where_it_came_from_and_how_old_it_is()
    {
        await LoadAsync("v");
        _rig.Time.Advance(11 * Minute);
        _rig.Source = (_, _) => ValueTask.FromResult("new");

        var result = await _rig.Cache.GetAsync("k");

        Assert.Equal(("v", CacheLevel.Local, true, 11 * Minute), (result.Value, result.Level, result.IsStale, result.Age));
        Assert.False((await _rig.Cache.GetAsync("unknown")).HasValue);
        Assert.Equal(1, _rig.Loads);
    }

    private async Task LoadAsync(string value)
    {
        _rig.Source = (_, _) => ValueTask.FromResult(value);
        Assert.Equal(value, await _rig.GetAsync());
    }

    private ValueTask<string> GetWithContextAsync(List<string> seen, string? changed) => _rig.Cache.GetOrAddAsync("k", changed, (state, context, _) =>
    {
        seen.Add(context.HasPrevious ? context.Previous : "none");
        return ValueTask.FromResult(state ?? context.NotModified());
    });

    private Task UntilKnownAsync(string value) =>
        CacheRig.UntilAsync(() => _rig.Cache.TryGet("k", out var known) && known == value, $"'{value}' to be known");
}
