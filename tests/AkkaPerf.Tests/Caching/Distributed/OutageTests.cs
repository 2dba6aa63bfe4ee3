using AkkaPerf.Caching.Distributed;

namespace AkkaPerf.Tests.Caching.Distributed;

/// <summary>Timeouts, the breaker and the journal together, in virtual time.</summary>
public sealed class OutageTests : IAsyncDisposable
{
    private readonly Level _level = new(configure: options =>
    {
        options.SoftTimeout = TimeSpan.FromMilliseconds(100);
        options.HardTimeout = TimeSpan.FromSeconds(1);
        options.Breaker = new BreakerOptions { Failures = 3, Duration = TimeSpan.FromSeconds(10) };
        options.Journal = new JournalOptions { Entries = 100, Bytes = 100_000 };
    });

    private Shelf Shelf => _level.Shelf;

    public ValueTask DisposeAsync() => _level.DisposeAsync();

    [Fact]
    public async Task Read_that_fails_is_unavailable_and_counted()
    {
        Shelf.Failure = new IOException();

        Assert.Equal(L2Read<string>.Unavailable, await _level.GetAsync("k"));
        Assert.Equal((1, 1, L2State.Closed), (_level.Counters.Errors, _level.Counters.Unavailable, _level.Second.State));
    }

    [Fact]
    public async Task With_a_fallback_the_soft_timeout_ends_the_wait_and_is_no_failure()
    {
        Shelf.Hangs = true;
        Task<L2Read<string>>[] reads = [.. Enumerable.Range(0, 10).Select(_ => _level.GetAsync("k", hasFallback: true))];
        _level.Time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.DoesNotContain(reads, read => read.IsCompleted);
        _level.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.All(await Task.WhenAll(reads), read => Assert.Equal(L2ReadKind.Unavailable, read.Kind));
        Assert.Equal((10, 10, L2State.Closed), (_level.Counters.Timeouts, _level.Second.LeftBehind, _level.Second.State));
        Shelf.LetGo();
        await Until.So(() => _level.Second.LeftBehind == 0);
        Assert.Equal(0, _level.Counters.Errors);
    }

    [Fact]
    public async Task Without_a_fallback_the_hard_timeout_ends_the_wait_and_is_a_failure()
    {
        Shelf.Hangs = true;
        Task<L2Read<string>>[] reads = [.. Enumerable.Range(0, 3).Select(_ => _level.GetAsync("k"))];
        _level.Time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.DoesNotContain(reads, read => read.IsCompleted);
        _level.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.All(await Task.WhenAll(reads), read => Assert.Equal(L2ReadKind.Unavailable, read.Kind));
        await Until.So(() => _level.Second.State == L2State.Open);
        Assert.Equal((3, 1), (_level.Counters.Timeouts, _level.Counters.Openings));
    }

    [Fact]
    public async Task Store_that_hangs_opens_the_breaker_even_if_nobody_waits_for_the_hard_timeout()
    {
        Shelf.Hangs = true;
        Task<L2Read<string>>[] reads = [.. Enumerable.Range(0, 3).Select(_ => _level.GetAsync("k", hasFallback: true))];
        _level.Time.Advance(TimeSpan.FromMilliseconds(100));
        await Task.WhenAll(reads);
        _level.Time.Advance(TimeSpan.FromMilliseconds(900));

        await Until.So(() => _level.Second.State == L2State.Open);
        Assert.Equal(3, _level.Counters.Timeouts);
    }

    [Fact]
    public async Task Operation_that_heeds_its_token_is_cancelled_at_the_hard_timeout()
    {
        (Shelf.Hangs, Shelf.HeedsTokens) = (true, true);
        var read = _level.GetAsync("k");
        _level.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(L2ReadKind.Unavailable, (await read).Kind);
        await Until.So(() => _level.Second.LeftBehind == 0);
    }

    [Fact]
    public async Task Left_behind_are_bounded_and_then_nothing_new_is_begun()
    {
        Shelf.Hangs = true;
        var reads = Enumerable.Range(0, 300).Select(_ => _level.GetAsync("k", hasFallback: true)).ToList();
        _level.Time.Advance(TimeSpan.FromMilliseconds(100));
        await Task.WhenAll(reads);

        Assert.Equal(L2ReadKind.Unavailable, (await _level.GetAsync("k")).Kind);
        Assert.Equal((300, 1), (Shelf.Begun, _level.Counters.Refused));
    }

    [Fact]
    public async Task Open_breaker_spares_the_store_and_the_wait()
    {
        await BreakAsync();
        var begun = Shelf.Begun;

        Assert.Equal(L2ReadKind.Unavailable, (await _level.GetAsync("k")).Kind);
        await _level.SetAsync("k", "value");
        await _level.RemoveAsync("other");
        Assert.False(await _level.Second.WriteMarkAsync("m", new byte[] { 1 }, TimeSpan.FromHours(1), CancellationToken.None));
        Assert.Equal(L2Mark.Unavailable, await _level.Second.ReadMarkAsync("m", CancellationToken.None));
        Assert.Equal((begun, 3, 3), (Shelf.Begun, _level.Second.Waiting, _level.Counters.Journaled));
    }

    [Fact]
    public async Task Success_between_failures_keeps_it_closed()
    {
        for (var i = 0; i < 5; i++)
        {
            Shelf.Failure = new IOException();
            await _level.GetAsync("k");
            await _level.GetAsync("k");
            Shelf.Failure = null;
            await _level.GetAsync("k");
        }

        Assert.Equal((L2State.Closed, 10), (_level.Second.State, _level.Counters.Errors));
    }

    [Fact]
    public async Task Probe_comes_after_the_duration_at_most_a_fifth_later()
    {
        await BreakAsync();
        Shelf.Failure = null;
        _level.Time.Advance(TimeSpan.FromSeconds(9.99));
        Assert.Equal(L2State.Open, _level.Second.State);
        _level.Time.Advance(TimeSpan.FromSeconds(2.01));

        Assert.Equal(L2State.Closed, _level.Second.State);
        Assert.Equal(1, Shelf.Log.Count(entry => entry == "get t:probe"));
    }

    [Fact]
    public async Task Retry_of_the_journal_that_was_due_is_no_early_probe()
    {
        Shelf.Failure = new IOException();
        await _level.SetAsync("k", "value");
        _level.Time.Advance(TimeSpan.FromSeconds(9.5));
        await BreakAsync();
        _level.Time.Advance(TimeSpan.FromSeconds(9.5));
        Assert.Empty(Shelf.Log);
        Assert.Equal(L2State.Open, _level.Second.State);
        Shelf.Failure = null;
        _level.Time.Advance(TimeSpan.FromSeconds(2.6));
        Assert.Equal((L2State.Closed, 0), (_level.Second.State, _level.Second.Waiting));
    }

    [Fact]
    public async Task One_probe_at_a_time_and_nobody_else_meanwhile()
    {
        await BreakAsync();
        (Shelf.Failure, Shelf.Hangs) = (null, true);
        var begun = Shelf.Begun;
        _level.Time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal((L2State.HalfOpen, begun + 1), (_level.Second.State, Shelf.Begun));
        Assert.Equal(L2ReadKind.Unavailable, (await _level.GetAsync("k")).Kind);
        Assert.Equal(begun + 1, Shelf.Begun);

        // The probe has its own hard timeout, and the next comes after another pause.
        _level.Time.Advance(TimeSpan.FromSeconds(1));
        await Until.So(() => _level.Second.State == L2State.Open);
        Shelf.LetGo();
        await AdvanceUntil(() => _level.Second.State == L2State.Closed);
        Assert.Equal(1, _level.Counters.Openings);
    }

    [Fact]
    public async Task Journal_is_replayed_in_order_with_the_life_that_remains()
    {
        await BreakAsync();
        await _level.SetAsync("a", "1", seconds: 100);
        await _level.RemoveAsync("b");
        await _level.SetAsync("c", "3", seconds: 5);
        await _level.SetAsync("d", "4", seconds: 100);
        await _level.SetAsync("a", "5", seconds: 200);
        await RecoverAsync();

        // A later change of a key takes its place at the end; what is over meanwhile is removed.
        Assert.Equal(["remove t:e:b", "remove t:e:c", "set t:e:d", "set t:e:a"], Shelf.Log.Where(entry => entry != "get t:probe"));
        Assert.Equal((4, 5), (_level.Counters.Reconciled, _level.Counters.Journaled));
        Assert.Equal("5", (await _level.GetAsync("a")).Value);
        Assert.InRange(Shelf.LifeOf("t:e:a")!.Value.TotalSeconds, 187, 190);
    }

    [Fact]
    public async Task Key_that_waits_is_unavailable_until_the_store_has_had_its_change()
    {
        await _level.SetAsync("k", "old");
        await _level.SetAsync("other", "x");
        await BreakAsync();
        await _level.RemoveAsync("k");

        // Back for reads only: others are served, but what the store has of this key is out of date.
        Shelf.Failure = null;
        Shelf.RefusesChanges = true;
        _level.Time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal((L2State.Closed, 1), (_level.Second.State, _level.Second.Waiting));
        Assert.Equal(L2ReadKind.Unavailable, (await _level.GetAsync("k")).Kind);
        Assert.Equal("x", (await _level.GetAsync("other")).Value);

        Shelf.RefusesChanges = false;
        await RecoverAsync();
        Assert.Equal(L2ReadKind.Miss, (await _level.GetAsync("k")).Kind);
    }

    [Fact]
    public async Task Change_that_the_store_never_takes_does_not_hold_up_the_others()
    {
        await BreakAsync();
        await _level.SetAsync("poison", "x", seconds: 20);
        await _level.RemoveAsync("k");
        Shelf.Failure = null;
        Shelf.Poison = "t:e:poison";
        _level.Time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(["remove t:e:k"], Shelf.Log.Where(entry => entry != "get t:probe"));

        // Once its life is over its removal takes its place.
        await AdvanceUntil(() => _level.Second.Waiting == 0);
        Assert.Equal("remove t:e:poison", Shelf.Log[^1]);
    }

    [Fact]
    public async Task Newer_change_replaces_the_one_that_is_being_replayed()
    {
        await BreakAsync();
        await _level.SetAsync("k", "1", seconds: 10_000_000);
        Shelf.Failure = null;
        Shelf.HangsOnSet = true;
        _level.Time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(L2State.Closed, _level.Second.State);
        await _level.SetAsync("k", "2", seconds: 10_000_000);
        Assert.Equal((L2ReadKind.Unavailable, 1), ((await _level.GetAsync("k")).Kind, _level.Second.Waiting));
        Shelf.LetGo();

        // In the same round. Were the clock advanced here, the first one might be left behind, and its late end would remove the key.
        await Until.So(() => _level.Second.Waiting == 0);
        Assert.Equal(["set t:e:k", "set t:e:k"], Shelf.Log.Where(entry => entry.StartsWith("set", StringComparison.Ordinal)));
        Assert.Equal("2", (await _level.GetAsync("k")).Value);
    }

    [Fact]
    public async Task Late_write_never_lands_on_a_newer_change()
    {
        Shelf.Hangs = true;
        var write = _level.SetAsync("k", "old", seconds: 10_000_000);
        _level.Time.Advance(TimeSpan.FromSeconds(1));
        await write;
        Assert.Equal(1, _level.Second.Waiting);

        // The removal is newer: it waits for the write that the store may still carry out.
        await _level.RemoveAsync("k");
        Shelf.Hangs = false;
        _level.Time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal((0, 1), (Shelf.Log.Count, _level.Second.Waiting));
        Shelf.LetGo();
        await Until.So(() => _level.Second.LeftBehind == 0);
        await AdvanceUntil(() => _level.Second.Waiting == 0);

        Assert.Equal(["set t:e:k", "remove t:e:k"], Shelf.Log);
    }

    [Fact]
    public async Task Change_that_never_ends_does_not_hold_up_its_key_for_ever()
    {
        Shelf.Hangs = true;
        var write = _level.SetAsync("k", "old", seconds: 10_000_000);
        _level.Time.Advance(TimeSpan.FromSeconds(1));
        await write;
        Shelf.Hangs = false;

        await AdvanceUntil(() => _level.Second.Waiting == 0);
        Assert.Equal("old", (await _level.GetAsync("k")).Value);
    }

    [Fact]
    public async Task Change_that_fails_after_a_newer_one_has_been_made_is_not_journaled()
    {
        Shelf.HangsOnSet = true;
        var write = _level.SetAsync("k", "old", seconds: 10_000_000);
        await _level.RemoveAsync("k");
        _level.Time.Advance(TimeSpan.FromSeconds(1));
        await write;

        Assert.Equal(0, _level.Second.Waiting);
    }

    [Fact]
    public async Task Change_that_the_store_carries_out_after_a_newer_one_is_undone()
    {
        Shelf.Hangs = true;
        var write = _level.SetAsync("k", "old", seconds: 10_000_000);
        Shelf.Hangs = false;
        await _level.SetAsync("k", "new", seconds: 10_000_000);
        _level.Time.Advance(TimeSpan.FromSeconds(1));
        await write;
        Shelf.LetGo();
        await Until.So(() => _level.Second.Waiting == 1);
        Assert.Equal(L2ReadKind.Unavailable, (await _level.GetAsync("k")).Kind);
        await AdvanceUntil(() => _level.Second.Waiting == 0);

        Assert.Equal(["set t:e:k", "set t:e:k", "remove t:e:k"], Shelf.Log);
        Assert.Equal(L2ReadKind.Miss, (await _level.GetAsync("k")).Kind);
    }

    [Fact]
    public async Task Failed_write_is_journaled_even_while_the_breaker_is_closed()
    {
        Shelf.Failure = new IOException();
        await _level.SetAsync("k", "value", seconds: 100);
        Shelf.Failure = null;
        Assert.Equal((1, L2State.Closed), (_level.Second.Waiting, _level.Second.State));
        Assert.Equal(L2ReadKind.Unavailable, (await _level.GetAsync("k")).Kind);
        await AdvanceUntil(() => _level.Second.Waiting == 0);

        Assert.Equal("value", (await _level.GetAsync("k")).Value);
    }

    [Fact]
    public async Task Last_try_at_the_end_brings_the_store_what_waits()
    {
        await BreakAsync();
        await _level.RemoveAsync("k");
        Shelf.Failure = null;
        await _level.DisposeAsync();

        Assert.Equal((0, 1), (_level.Second.Waiting, _level.Counters.Reconciled));
    }

    [Fact]
    public async Task End_does_not_wait_for_a_store_that_is_gone()
    {
        await BreakAsync();
        await _level.RemoveAsync("k");
        Shelf.Hangs = true;
        var ending = _level.DisposeAsync().AsTask();
        _level.Time.Advance(TimeSpan.FromSeconds(1));
        await ending;

        Assert.Equal(1, _level.Second.Waiting);
    }

    private async Task BreakAsync()
    {
        Shelf.Failure = new IOException("down");
        while (_level.Second.State == L2State.Closed)
        {
            await _level.GetAsync("any");
        }

        Assert.Equal(L2State.Open, _level.Second.State);
        Shelf.Log.Clear();
    }

    private async Task RecoverAsync()
    {
        Shelf.Failure = null;
        _level.Time.Advance(TimeSpan.FromSeconds(12));
        await Until.So(() => _level.Second.State == L2State.Closed && _level.Second.Waiting == 0);
    }

    private async Task AdvanceUntil(Func<bool> isSo)
    {
        for (var i = 0; i < 100 && !isSo(); i++)
        {
            _level.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Until.So(isSo);
    }
}
