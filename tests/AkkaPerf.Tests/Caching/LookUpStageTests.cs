using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;
using AkkaPerf.Tests.Layers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AkkaPerf.Tests.Caching;

/// <summary>The caching stage with a second level, whose answers the test gives.</summary>
public abstract class LookUpStageTests(IslandMode mode) : LayerContract(mode)
{
    private const string Key = "k";

    private readonly TaskCompletionSource<CacheEntry?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CacheLevels<string>? _levels;
    private CancellationToken _token;

    private CacheLevels<string> Levels => _levels ??= Create();

    private LoadTable Loads { get; } = new(maxJoiners: 2);

    [Fact]
    public async Task What_the_second_level_knows_answers_all_who_wait_and_nothing_goes_down()
    {
        var (first, second) = (await AskAsync(), await AskAsync());
        _answer.SetResult(new CacheEntry<string>("known", EntryLife.Endless, 1));

        foreach (var asker in new[] { first, second })
        {
            Assert.Same(asker, await Rig.Outcomes.PullAsync());
            asker.AnswerWithResult();
            Assert.Equal("known", (await asker.Outcome).Value);
        }

        await Rig.Below.ExpectNoPushAsync();
        Assert.Equal((0, 0, 1), (Loads.Count, Loads.Joiners, Host.GivenBack.Count));
        Assert.NotNull(Levels.First.Find(Key, Host.Time.GetTimestamp()));
    }

    [Fact]
    public async Task What_it_does_not_know_goes_down_as_one_load()
    {
        await AskAsync();
        await AskAsync();
        await Rig.Below.ExpectNoPushAsync();

        _answer.SetResult(null);

        var load = await Rig.Below.ExpectPushAsync();
        Assert.NotNull(load.Leader);
        Rig.Below.Pull();
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task When_nobody_waits_any_more_the_question_is_taken_back()
    {
        var asker = await AskAsync();

        asker.Abandon(RefusalReason.Cancelled);

        Assert.Same(asker, await Rig.Outcomes.PullAsync());
        await Rig.SettleAsync();
        Assert.True(_token.IsCancellationRequested);
        Assert.Equal((0, 1), (Loads.Count, Host.GivenBack.Count));
        _answer.SetResult(new CacheEntry<string>("late", EntryLife.Endless, 1));
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task A_key_that_is_removed_meanwhile_is_answered_but_not_kept()
    {
        var asker = await AskAsync();
        Loads.Overtake(Key);

        _answer.SetResult(new CacheEntry<string>("old", EntryLife.Endless, 1));

        Assert.Same(asker, await Rig.Outcomes.PullAsync());
        Assert.Null(Levels.First.Find(Key, Host.Time.GetTimestamp()));
    }

    [Fact]
    public async Task A_stop_returns_the_load_that_asks()
    {
        await AskAsync();

        await Rig.StopAbruptlyAsync();

        Assert.True(_token.IsCancellationRequested);
        Assert.Single(Host.GivenBack);
    }

    [Fact]
    public async Task An_orderly_end_waits_for_the_answer()
    {
        var asker = await AskAsync();
        Rig.Requests.Complete();
        await Rig.SettleAsync();

        _answer.SetResult(new CacheEntry<string>("known", EntryLife.Endless, 1));

        Assert.Same(asker, await Rig.Outcomes.PullAsync());
        await Rig.Below.ExpectCompleteAsync();
    }

    private protected override Layer CreateLayer() => new CachingLayer(Levels, Loads, Host.Caching, new LoadKeeper(Levels, Loads, Host.Caching.Unshareable), Host.Time);

    private CacheLevels<string> Create()
    {
        var store = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        var options = new CacheOptions();
        return new CacheLevels<string>(options, key => key, new LevelParts(
            Host.Time, new Random(1), new SecondLevel(store, options.L2, "test:", Host.Time, new Random(1), NullLogger.Instance)));
    }

    private async Task<Exchange<string, string>> AskAsync()
    {
        Host.SecondLevel = (_, token) =>
        {
            _token = token;
            return new ValueTask<CacheEntry?>(_answer.Task);
        };
        var exchange = Host.NewExchange(key: Key);
        Rig.Below.Pull();
        await Rig.Requests.PushAsync(exchange);
        await Rig.SettleAsync();
        return exchange;
    }

    public sealed class Plain() : LookUpStageTests(IslandMode.Plain);

    public sealed class Fuzzed() : LookUpStageTests(IslandMode.Fuzzed);
}
