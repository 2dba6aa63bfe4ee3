using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Caching;

public abstract class CachingStageTests(IslandMode mode) : LayerContract(mode)
{
    private const string Key = "k";

    private CacheLevels<string>? _levels;

    private CacheLevels<string> Levels => _levels ??= new CacheLevels<string>(new CacheOptions(), key => key, new LevelParts(Host.Time, new Random(1)));

    private LocalCache<string> Cache => Levels.First;

    private LoadTable Loads { get; } = new(maxJoiners: 2);

    [Fact]
    public async Task What_became_known_meanwhile_is_answered_without_going_down()
    {
        Cache.Set(Key, new CacheEntry<string>("known", EntryLife.Endless, 1));
        var exchange = await AskAsync();

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        Assert.Equal("known", await ValueAsync(exchange));
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task What_became_known_before_a_load_of_its_callers_thread_could_start_is_answered_without_going_down()
    {
        var exchange = Host.NewExchange(key: Key);
        exchange.Fast.Begin();
        exchange.Fast.IsLoad = true;
        Assert.True(Loads.TryAdd(exchange));
        Assert.False(exchange.Fast.GoToIsland());
        Cache.Set(Key, new CacheEntry<string>("known", EntryLife.Endless, 1));
        Rig.Below.Pull();
        await Rig.Requests.PushAsync(exchange);

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        Assert.Equal("known", await ValueAsync(exchange));
        await Rig.Below.ExpectNoPushAsync();
        Assert.Equal((0, 0), (Loads.Count, Loads.Joiners));
    }

    [Fact]
    public async Task A_load_of_its_callers_thread_that_could_not_start_leaves_its_place_to_one_that_has_begun_meanwhile()
    {
        var asker = await AskAsync();
        var load = await Rig.Below.ExpectPushAsync();
        var late = Host.NewExchange(key: Key);
        late.Fast.Begin();
        late.Fast.IsLoad = true;
        Assert.False(late.Fast.GoToIsland());
        Rig.Below.Pull();
        await Rig.Requests.PushAsync(late);
        var beside = await Rig.Below.ExpectPushAsync();

        Assert.Same(load, Loads.Find(Key));
        await EndAsync(beside);
        Assert.Same(late, await Rig.Outcomes.PullAsync());
        Assert.Null(Cache.Find(Key, Host.Time.GetTimestamp()));
        await EndAsync(load);
        Assert.Same(asker, await Rig.Outcomes.PullAsync());
        Assert.NotNull(Cache.Find(Key, Host.Time.GetTimestamp()));
        Assert.Equal((0, 0), (Loads.Count, Loads.Joiners));
    }

    [Fact]
    public async Task What_was_removed_before_its_load_began_is_no_answer_to_those_who_joined_it()
    {
        var asker = Host.NewExchange(key: Key);
        asker.Outdated = new CacheEntry<string>("removed", EntryLife.Endless, 1);
        Rig.Below.Pull();
        await Rig.Requests.PushAsync(asker);
        var load = await Rig.Below.ExpectPushAsync();
        var joined = await AskAsync();
        await Rig.SettleAsync();

        load.SetFault(new InvalidDataException("no"));
        await Rig.Results.PushAsync(load);

        Assert.Same(asker, await Rig.Outcomes.PullAsync());
        Assert.Same(joined, await Rig.Outcomes.PullAsync());
        joined.AnswerWithResult();
        Assert.IsType<InvalidDataException>((await joined.Outcome).Exception);
        Assert.Null(Cache.Find(Key, Host.Time.GetTimestamp()));
    }

    [Fact]
    public async Task Who_asks_for_the_same_key_waits_for_one_load()
    {
        var askers = new[] { await AskAsync(), await AskAsync(), await AskAsync() };
        var load = await Rig.Below.ExpectPushAsync();
        Rig.Below.Pull();
        await Rig.Below.ExpectNoPushAsync();

        await EndAsync(load);

        foreach (var asker in askers)
        {
            Assert.Same(asker, await Rig.Outcomes.PullAsync());
            Assert.Equal("answer to r", await ValueAsync(asker));
        }

        Assert.Equal((0, 0), (Loads.Count, Loads.Joiners));
        Assert.Equal(2, Levels.Counters.Joined);
        Assert.Equal([load], Host.GivenBack);
        Assert.NotNull(Cache.Find(Key, Host.Time.GetTimestamp()));
    }

    [Fact]
    public async Task Different_keys_do_not_wait_for_one_another()
    {
        await AskAsync();
        await Rig.Below.ExpectPushAsync();
        Rig.Below.Pull();
        await Rig.Requests.PushAsync(Host.NewExchange(key: "other"));

        var other = await Rig.Below.ExpectPushAsync();
        Assert.Equal("other", other.Key);
        Assert.Equal(2, Loads.Count);
    }

    [Fact]
    public async Task Too_many_joiners_are_refused_but_who_always_waits_is_not()
    {
        for (var i = 0; i < 3; i++)
        {
            await AskAsync();
        }

        var refused = await AskAsync();
        Assert.Same(refused, await Rig.Outcomes.PullAsync());
        refused.AnswerWithResult();
        Assert.Equal(RefusalReason.QueueFull, (await refused.Outcome).Reason);

        var patient = Host.NewExchange(key: Key);
        patient.AlwaysWaits = true;
        await Rig.Requests.PushAsync(patient);
        Rig.Outcomes.Pull();
        await Rig.Outcomes.ExpectNoPushAsync();
        Assert.Equal(3, Loads.Joiners);
    }

    [Fact]
    public async Task When_the_first_leaves_the_others_get_the_value()
    {
        var first = await AskAsync();
        var second = await AskAsync();
        var load = await Rig.Below.ExpectPushAsync();

        first.Abandon(RefusalReason.DeadlinePassed);
        Assert.Same(first, await Rig.Outcomes.PullAsync());
        Assert.False(load.IsAnswered);
        await EndAsync(load);

        Assert.Same(second, await Rig.Outcomes.PullAsync());
        Assert.Equal("answer to r", await ValueAsync(second));
        Assert.Equal((0, 0), (Loads.Count, Loads.Joiners));
    }

    [Fact]
    public async Task When_the_last_leaves_the_load_is_cancelled_and_its_key_is_free()
    {
        var first = await AskAsync();
        var second = await AskAsync();
        var load = await Rig.Below.ExpectPushAsync();

        first.Abandon(RefusalReason.Cancelled);
        await Rig.Outcomes.PullAsync();
        second.Abandon(RefusalReason.Cancelled);
        await Rig.Outcomes.PullAsync();

        Assert.True(load.IsAnswered);
        Assert.Equal((0, 0), (Loads.Count, Loads.Joiners));
        Rig.Below.Pull();
        await AskAsync();
        var next = await Rig.Below.ExpectPushAsync();
        Assert.NotSame(load, next);

        // The cancelled one comes back later: it must not end the new one.
        await EndAsync(load);
        await Rig.SettleAsync();
        Assert.Equal(1, Loads.Count);
        Assert.Equal([load], Host.GivenBack);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_nobody_waits_for_any_more_is_kept_but_not_in_place_of_what_was_loaded_since(bool isLoadedSince)
    {
        var source = new TaskCompletionSource<string>();
        var handler = Host.Handler;
        Host.Handler = (_, _, _) => new ValueTask<string>(source.Task);
        var first = await AskAsync();
        var load = await Rig.Below.ExpectPushAsync();
        load.RunHandler();
        Host.Handler = handler;
        first.Abandon(RefusalReason.Cancelled);
        await Rig.Outcomes.PullAsync();
        CacheEntry? since = null;
        if (isLoadedSince)
        {
            Rig.Below.Pull();
            await AskAsync();
            await EndAsync(await Rig.Below.ExpectPushAsync());
            await Rig.Outcomes.PullAsync();
            since = Cache.Find(Key, Host.Time.GetTimestamp());
        }

        source.SetResult("late");
        await Rig.Results.PushAsync(load);
        await Rig.SettleAsync();

        var kept = Cache.Find(Key, Host.Time.GetTimestamp());
        Assert.NotNull(kept);
        Assert.True(!isLoadedSince || kept == since);
    }

    [Fact]
    public void What_goes_on_though_the_stage_has_stopped_is_not_kept()
    {
        var keeper = new LoadKeeper(Levels, Loads, Host.Caching.Unshareable);
        var load = Host.NewExchange(key: Key);
        keeper.Begin(load, now: 1);
        Assert.True(Loads.TryAdd(load));
        Assert.True(keeper.MayKeep(load));

        Loads.TakeAll();

        Assert.False(keeper.MayKeep(load));
    }

    [Fact]
    public async Task A_fault_reaches_all_who_wait_and_is_not_kept()
    {
        var askers = new[] { await AskAsync(), await AskAsync() };
        var load = await Rig.Below.ExpectPushAsync();
        var fault = new InvalidOperationException("no");

        load.SetFault(fault);
        await Rig.Results.PushAsync(load);

        foreach (var asker in askers)
        {
            Assert.Same(asker, await Rig.Outcomes.PullAsync());
            asker.AnswerWithResult();
            Assert.Same(fault, (await asker.Outcome).Exception);
        }

        Assert.Null(Cache.Find(Key, Host.Time.GetTimestamp()));
        Assert.Equal((0, 0), (Loads.Count, Loads.Joiners));
    }

    [Fact]
    public async Task After_an_answer_that_cannot_be_shared_the_others_go_down_each_for_itself()
    {
        var first = await AskAsync();
        var followers = new[] { await AskAsync(), await AskAsync() };
        var load = await Rig.Below.ExpectPushAsync();

        Assert.True(((IExchangeContext<string>)load).TryAnswer("early"));
        Assert.Equal("early", (await first.Outcome).Value);
        Rig.Below.Pull(2);

        Assert.Same(followers[0], await Rig.Below.ExpectPushAsync());
        Assert.Same(followers[1], await Rig.Below.ExpectPushAsync());
        Assert.Equal((0, 0), (Loads.Count, Loads.Joiners));

        // While the key is marked nobody waits for anybody.
        Rig.Below.Pull();
        var next = await AskAsync();
        Assert.Same(next, await Rig.Below.ExpectPushAsync());
        Assert.Equal(0, Loads.Count);

        // The load itself comes back once its handler has ended.
        await Rig.Results.PushAsync(load);
        await Rig.SettleAsync();
        Assert.Equal([load], Host.GivenBack);
    }

    [Fact]
    public async Task The_mark_of_what_cannot_be_shared_fades()
    {
        var first = await AskAsync();
        var load = await Rig.Below.ExpectPushAsync();
        ((IExchangeContext<string>)load).TryAnswer("early");
        Assert.Same(first, await Rig.Outcomes.PullAsync());
        await Rig.Results.PushAsync(load);
        Host.Time.Advance(TimeSpan.FromSeconds(10));
        Rig.Below.Pull();

        await AskAsync();

        Assert.NotNull((await Rig.Below.ExpectPushAsync()).Waiters);
        Assert.Equal(1, Loads.Count);
    }

    [Fact]
    public async Task A_follower_of_an_unshared_load_who_has_left_does_not_go_down()
    {
        var first = await AskAsync();
        var follower = await AskAsync();
        var load = await Rig.Below.ExpectPushAsync();
        follower.AnswerRefused(RefusalReason.Cancelled);

        ((IExchangeContext<string>)load).TryAnswer("early");

        Assert.Same(first, await Rig.Outcomes.PullAsync());
        Assert.Same(follower, await Rig.Outcomes.PullAsync());
        Rig.Below.Pull();
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task An_end_above_waits_for_the_loads()
    {
        var asker = await AskAsync();
        var load = await Rig.Below.ExpectPushAsync();

        Rig.Requests.Complete();
        await Rig.Below.ExpectNoEndAsync();
        await EndAsync(load);

        await Rig.Below.ExpectCompleteAsync();
        Assert.Same(asker, await Rig.Outcomes.PullAsync());
        Rig.Results.Complete();
        await Rig.Outcomes.ExpectCompleteAsync();
    }

    [Fact]
    public async Task A_stop_cancels_the_loads_and_empties_the_table()
    {
        await AskAsync();
        await AskAsync();
        var load = await Rig.Below.ExpectPushAsync();

        await Rig.StopAbruptlyAsync();

        Assert.True(load.IsAnswered);
        Assert.Equal([load], Host.GivenBack);
        Assert.Equal((0, 0), (Loads.Count, Loads.Joiners));
    }

    [Fact]
    public async Task A_stop_leaves_a_running_load_to_its_handler()
    {
        await AskAsync();
        var load = await Rig.Below.ExpectPushAsync();
        load.Phase = ExchangePhase.Running;

        await Rig.StopAbruptlyAsync();

        Assert.True(load.IsAnswered);
        Assert.Empty(Host.GivenBack);
    }

    private protected override Layer CreateLayer() => new CachingLayer(Levels, Loads, Host.Caching, new LoadKeeper(Levels, Loads, Host.Caching.Unshareable), Host.Time);

    private static async Task<string> ValueAsync(Exchange<string, string> exchange)
    {
        exchange.AnswerWithResult();
        return (await exchange.Outcome).Value;
    }

    /// <summary>Offers an exchange for the one key, with demand below for its load.</summary>
    private async Task<Exchange<string, string>> AskAsync()
    {
        var exchange = Host.NewExchange(key: Key);
        Rig.Below.Pull();
        await Rig.Requests.PushAsync(exchange);
        await Rig.SettleAsync();
        return exchange;
    }

    /// <summary>Runs the load's handler, and sends it up.</summary>
    private async Task EndAsync(Exchange load)
    {
        load.Execute();
        Assert.True(Host.Connections.Ended.TryTake(out _));
        await Rig.Results.PushAsync(load);
    }

    public sealed class Plain() : CachingStageTests(IslandMode.Plain);

    public sealed class Fuzzed() : CachingStageTests(IslandMode.Fuzzed);
}
