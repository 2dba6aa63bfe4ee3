using AkkaPerf.Caching;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class SingleFlightTests : IAsyncDisposable
{
    private readonly TaskCompletionSource<string> _load = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CacheRig _rig = new(options => options.MaxJoiners = 10);
    private CancellationToken _token;

    public SingleFlightTests() => _rig.Source = (_, token) =>
    {
        _token = token;
        return new ValueTask<string>(_load.Task);
    };

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Many_who_ask_at_once_cause_one_load()
    {
        var asking = Enumerable.Range(0, 10).Select(_ => _rig.GetAsync().AsTask()).ToList();

        _load.SetResult("value");

        Assert.All(await Task.WhenAll(asking), value => Assert.Equal("value", value));
        Assert.Equal(1, _rig.Loads);
        Assert.Equal((9, 0, 0), (_rig.Cache.Statistics.Joined, _rig.Cache.Statistics.InFlight, _rig.Cache.Engine.Flights.Joiners));
    }

    [Fact]
    public async Task Who_cancels_ends_his_own_wait_only()
    {
        using var cancellation = new CancellationTokenSource();
        var first = _rig.GetAsync(cancellationToken: cancellation.Token).AsTask();
        var second = _rig.GetAsync().AsTask();

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(_token.IsCancellationRequested);
        _load.SetResult("value");

        Assert.Equal("value", await second);
        Assert.Equal(1, _rig.Loads);
    }

    [Fact]
    public async Task When_nobody_waits_any_more_the_load_is_told_to_stop_and_the_next_one_loads_anew()
    {
        using var cancellation = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 3).Select(_ => _rig.GetAsync(cancellationToken: cancellation.Token).AsTask()).ToList();

        await cancellation.CancelAsync();
        foreach (var one in asking)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        }

        await CacheRig.UntilAsync(() => _token.IsCancellationRequested, "the load to be told");
        _rig.Source = (_, _) => ValueTask.FromResult("new");
        Assert.Equal("new", await _rig.GetAsync());
        _load.SetResult("late");
        Assert.Equal("new", await _rig.GetAsync());
    }

    [Fact]
    public async Task A_failure_reaches_everybody_and_is_not_kept()
    {
        var asking = Enumerable.Range(0, 3).Select(_ => _rig.GetAsync().AsTask()).ToList();

        _load.SetException(new InvalidDataException("broken"));

        foreach (var one in asking)
        {
            Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidDataException>(() => one)).Message);
        }

        _rig.Source = (_, _) => ValueTask.FromResult("whole");
        Assert.Equal("whole", await _rig.GetAsync());
        Assert.Equal((2, 1), (_rig.Cache.Statistics.Loads, _rig.Cache.Statistics.LoadFailures));
    }

    [Fact]
    public async Task A_load_that_throws_at_once_fails_like_one_that_fails_later()
    {
        _rig.Source = (_, _) => throw new InvalidDataException("at once");

        await Assert.ThrowsAsync<InvalidDataException>(() => _rig.GetAsync().AsTask());
        Assert.Equal(0, _rig.Cache.Statistics.InFlight);
    }

    [Fact]
    public async Task More_joiners_than_allowed_are_refused()
    {
        var asking = Enumerable.Range(0, 11).Select(_ => _rig.GetAsync().AsTask()).ToList();

        var refused = await Assert.ThrowsAsync<RequestRejectedException>(() => _rig.GetAsync().AsTask());

        Assert.Equal(RefusalReason.QueueFull, refused.Reason);
        _load.SetResult("value");
        await Task.WhenAll(asking);
    }

    [Fact]
    public async Task What_is_set_during_a_load_wins()
    {
        var asking = _rig.GetAsync().AsTask();

        await _rig.Cache.SetAsync("k", "set");
        Assert.Equal("set", await _rig.GetAsync());
        _load.SetResult("loaded");

        Assert.Equal("loaded", await asking);
        Assert.Equal("set", await _rig.GetAsync());
    }

    [Fact]
    public async Task What_is_removed_during_a_load_stays_removed()
    {
        var asking = _rig.GetAsync().AsTask();

        await _rig.Cache.RemoveAsync("k");
        _load.SetResult("old");

        Assert.Equal("old", await asking);
        Assert.False(_rig.Cache.TryGet("k", out _));
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("prefix")]
    [InlineData("all")]
    public async Task Who_asks_after_an_invalidation_does_not_get_what_was_loaded_before_it(string by)
    {
        var before = _rig.GetAsync("key", tags: "t").AsTask();
        _rig.Source = (_, _) => ValueTask.FromResult("new");

        await (by switch
        {
            "tag" => _rig.Cache.RemoveByTagAsync("t"),
            "prefix" => _rig.Cache.RemoveByPrefixAsync("ke"),
            _ => _rig.Cache.ClearAsync(),
        });
        Assert.Equal("new", await _rig.GetAsync("key", tags: "t"));
        _load.SetResult("old");

        Assert.Equal("old", await before);
        Assert.Equal("new", await _rig.GetAsync("key", tags: "t"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_joined_after_a_tag_was_removed_that_the_load_names_itself_gets_what_is_loaded_after_it(bool mayLeave)
    {
        using var cancellation = new CancellationTokenSource();
        var token = mayLeave ? cancellation.Token : default;
        var before = AskAsync();
        await _rig.Cache.RemoveByTagAsync("t");
        var after = AskAsync();
        _rig.Source = (_, _) => ValueTask.FromResult("new");
        Assert.Equal((1, 1), (_rig.Cache.Statistics.InFlight, _rig.Cache.Engine.Flights.Joiners));

        _load.SetResult("old");

        Assert.Equal("old", await before);
        Assert.Equal("new", await after);
        Assert.Equal("new", await AskAsync());
        Assert.Equal(2, _rig.Loads);

        Task<string> AskAsync() => _rig.Cache.GetOrAddAsync(
            "k",
            0,
            async (_, context, stop) =>
            {
                context.Tags = ["t"];
                return await _rig.LoadAsync("k", stop);
            },
            cancellationToken: token).AsTask();
    }

    [Fact]
    public async Task Thousands_who_race_and_cancel_leave_nothing_behind()
    {
        const int Callers = 4_000;
        var random = new Random(7);
        _rig.Configure(new CacheOptions());
        await using var cache = AkkaPerfCache.Create<string, string>("race");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i =>
        {
            var key = "k" + random.Next(20);
            var cancels = random.Next(3) == 0;
            var yields = random.Next(5);
            return Task.Run(async () =>
            {
                using var cancellation = new CancellationTokenSource();
                var asking = cache.GetOrAddAsync(key, async (asked, token) =>
                {
                    for (var turn = 0; turn < yields; turn++)
                    {
                        await Task.Yield();
                        token.ThrowIfCancellationRequested();
                    }

                    return asked;
                }, cancellationToken: cancellation.Token);
                if (cancels)
                {
                    await cancellation.CancelAsync();
                }

                try
                {
                    Assert.Equal(key, await asking);
                    if (i % 7 == 0)
                    {
                        await cache.RemoveAsync(key);
                    }

                    return true;
                }
                catch (OperationCanceledException) when (cancels)
                {
                    return false;
                }
            });
        }));

        Assert.Contains(true, outcomes);
        await CacheRig.UntilAsync(() => cache.Statistics.InFlight == 0, "all flights to land");
        Assert.Equal(0, cache.Engine.Flights.Joiners);
    }
}
