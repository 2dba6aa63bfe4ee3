using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Ingress;

public abstract class IngressStageTests : IAsyncLifetime
{
    private const int Capacity = 3;

    private readonly IslandMode _mode;
    private readonly List<Exception?> _endings = [];
    private readonly StageHost _host = new();
    private readonly IngressPort _port;
    private FlowRig<Exchange, Exchange>? _rig;

    protected IngressStageTests(IslandMode mode)
    {
        _mode = mode;
        _port = new IngressPort(new Door(new IngressOptions { Capacity = Capacity }, _host.Time), _host.Counters, _host.Time) { Ended = _endings.Add };
        _host.Ingress = _port;
    }

    private FlowRig<Exchange, Exchange> Rig => _rig ??= FlowRig<Exchange, Exchange>.Start(_mode, new IngressStage(_port));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_rig is not null)
        {
            await _rig.DisposeAsync();
        }
    }

    [Fact]
    public async Task Hands_in_what_was_posted_in_order_and_on_demand_only()
    {
        await Rig.SettleAsync();
        var exchanges = Enumerable.Range(0, 3).Select(_ => Submit()).ToArray();
        await Rig.Out.ExpectNoPushAsync();

        foreach (var exchange in exchanges)
        {
            Assert.Same(exchange, await Rig.Out.PullAsync());
        }

        await Rig.Out.ExpectNoPushAsync();
    }

    [Fact]
    public async Task Takes_what_was_posted_before_it_began()
    {
        var early = Submit();

        Assert.Same(early, await Rig.Out.PullAsync());
    }

    [Fact]
    public async Task Asks_for_outcomes_at_once_and_answers_and_returns_them()
    {
        var exchange = Submit();
        Assert.Same(exchange, await Rig.Out.PullAsync());
        exchange.TakeEntry(new CacheEntry<string>("fine", EntryLife.Endless, 0));

        await Rig.In.PushAsync(exchange);

        Assert.Equal("fine", (await exchange.Outcome).Value);
        await Rig.In.ExpectPullAsync();
        Assert.Equal(0, _port.Door.Inside);
        Assert.Equal([exchange], _host.GivenBack);
    }

    [Fact]
    public async Task Whoever_finds_no_room_waits_outside_in_order()
    {
        var inside = Enumerable.Range(0, Capacity).Select(_ => Submit()).ToArray();
        var outside = new[] { Submit(), Submit() };
        Rig.Out.Pull(5);
        foreach (var exchange in inside)
        {
            Assert.Same(exchange, await Rig.Out.ExpectPushAsync());
        }

        await Rig.Out.ExpectNoPushAsync();
        Assert.Equal((Capacity, 2), (_port.Door.Inside, _port.Outside));

        await Rig.In.PushAsync(inside[1]);
        Assert.Same(outside[0], await Rig.Out.ExpectPushAsync());
        await Rig.Out.ExpectNoPushAsync();
        Assert.Equal((Capacity, 1), (_port.Door.Inside, _port.Outside));
    }

    [Fact]
    public async Task A_place_goes_to_who_waits_outside_not_to_a_caller_who_only_looks_for_one()
    {
        var inside = Enumerable.Range(0, Capacity).Select(_ => Submit()).ToArray();
        var outside = new[] { Submit(), Submit() };
        Rig.Out.Pull(5);
        foreach (var exchange in inside)
        {
            Assert.Same(exchange, await Rig.Out.ExpectPushAsync());
        }

        // One of many callers is always faster than the island.
        var overtook = 0;
        _host.OnGivenBack = () => overtook += _port.Door.TryEnter() ? 1 : 0;
        await Rig.In.PushAsync(inside[0]);
        Assert.Same(outside[0], await Rig.Out.ExpectPushAsync());
        await Rig.In.PushAsync(inside[1]);
        Assert.Same(outside[1], await Rig.Out.ExpectPushAsync());
        Assert.Equal((0, 0, Capacity), (overtook, _port.Outside, _port.Door.Inside));

        // Nobody waits any more: the next place is the callers'.
        await Rig.In.PushAsync(inside[2]);
        await Rig.SettleAsync();
        Assert.Equal((1, Capacity), (overtook, _port.Door.Inside));
    }

    [Fact]
    public async Task Who_gives_up_outside_leaves_at_once_and_never_comes_in()
    {
        var inside = Enumerable.Range(0, Capacity).Select(_ => Submit()).ToArray();
        var outside = new[] { Submit(), Submit() };
        Rig.Out.Pull(5);
        foreach (var _ in inside)
        {
            await Rig.Out.ExpectPushAsync();
        }

        outside[0].Abandon(RefusalReason.Cancelled);
        await Rig.SettleAsync();

        Assert.Equal(1, _port.Outside);
        await Rig.In.PushAsync(inside[0]);
        Assert.Same(outside[1], await Rig.Out.ExpectPushAsync());
    }

    [Fact]
    public async Task Who_gives_up_before_there_is_demand_makes_room()
    {
        var exchanges = Enumerable.Range(0, Capacity + 1).Select(_ => Submit()).ToArray();
        await Rig.SettleAsync();

        exchanges[0].Abandon(RefusalReason.Cancelled);
        await Rig.SettleAsync();

        Assert.Equal((Capacity, Capacity), (_port.Door.Inside, _port.Outside));
        Assert.Same(exchanges[1], await Rig.Out.PullAsync());
    }

    [Fact]
    public async Task Deadlines_end_waits_in_their_order_wherever_the_exchange_is()
    {
        var below = Submit(seconds: 3);
        Assert.Same(below, await Rig.Out.PullAsync());
        var parked = Submit(seconds: 1);
        var late = Submit(seconds: 5);
        await Rig.SettleAsync();

        _host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(RefusalReason.DeadlinePassed, (await parked.Outcome).Reason);
        Assert.False(below.IsAnswered);

        _host.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(RefusalReason.DeadlinePassed, (await below.Outcome).Reason);
        await Rig.SettleAsync();
        Assert.False(late.IsAnswered);

        // Answered is not returned: its place is taken until it comes back.
        Assert.Equal(2, _port.Door.Inside);
        await Rig.In.PushAsync(below);
        await Rig.SettleAsync();
        Assert.Equal(1, _port.Door.Inside);
    }

    [Fact]
    public async Task Whoever_runs_for_nobody_is_a_zombie()
    {
        var exchange = Submit(seconds: 1);
        await Rig.Out.PullAsync();
        exchange.Phase = ExchangePhase.Running;

        _host.Time.Advance(TimeSpan.FromSeconds(1));
        await Rig.SettleAsync();

        Assert.Equal(1, _host.Counters.Zombies);
        Assert.True(exchange.IsZombie);
    }

    [Fact]
    public async Task A_drain_lets_in_what_is_inside_and_refuses_who_is_outside()
    {
        var inside = Enumerable.Range(0, Capacity).Select(_ => Submit()).ToArray();
        var outside = Submit();
        await Rig.SettleAsync();

        _port.Drain();

        Assert.Equal(RefusalReason.PipelineStopping, (await outside.Outcome).Reason);
        foreach (var exchange in inside)
        {
            Assert.Same(exchange, await Rig.Out.PullAsync());
        }

        await Rig.Out.ExpectCompleteAsync();
        foreach (var exchange in inside)
        {
            await Rig.In.PushAsync(exchange);
        }

        Rig.In.Complete();
        await Rig.In.SettleAsync();
        Assert.Equal(0, _port.Door.Inside);
    }

    [Fact]
    public async Task Where_another_takes_over_who_is_outside_is_let_in_as_places_fall_free()
    {
        var inside = Enumerable.Range(0, Capacity).Select(_ => Submit()).ToArray();
        var outside = Submit();
        await Rig.SettleAsync();

        _port.Drain(refusesOutside: false);

        foreach (var exchange in inside)
        {
            Assert.Same(exchange, await Rig.Out.PullAsync());
        }

        await Rig.In.PushAsync(inside[0]);
        Assert.Same(outside, await Rig.Out.PullAsync());
        await Rig.Out.ExpectCompleteAsync();
        Assert.False(outside.IsAnswered);
    }

    [Fact]
    public async Task Who_is_outside_after_all_is_refused_once_nobody_has_time_any_more()
    {
        _ = Enumerable.Range(0, Capacity).Select(_ => Submit()).ToArray();
        var outside = Submit();
        await Rig.SettleAsync();

        _port.Drain(refusesOutside: false);
        await Rig.SettleAsync();
        Assert.False(outside.IsAnswered);
        _port.Drain();

        Assert.Equal(RefusalReason.PipelineStopping, (await outside.Outcome).Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Drain_waits_for_who_has_passed_the_door(bool hasPlace)
    {
        await Rig.SettleAsync();
        Assert.True(hasPlace ? _port.TryEnter() : _port.TryApproach());

        _port.Drain(refusesOutside: false);
        await Rig.SettleAsync();
        Assert.False(_port.TryEnter());
        Assert.False(_port.TryApproach());
        var exchange = _host.NewExchange(deadline: _host.Time.GetTimestamp() + (1_000 * _host.Time.TimestampFrequency));
        exchange.CountsInside = hasPlace;
        _port.Submit(exchange);

        Assert.Same(exchange, await Rig.Out.PullAsync());
        await Rig.Out.ExpectCompleteAsync();
    }

    [Fact]
    public async Task An_idle_drain_completes_at_once()
    {
        await Rig.SettleAsync();

        _port.Drain();

        await Rig.Out.ExpectCompleteAsync();
        Assert.Equal(RefusalReason.PipelineStopping, _port.Door.Closed);
    }

    [Fact]
    public async Task A_drain_that_comes_while_it_is_awake_is_not_lost()
    {
        // The first thing that it does with an exchange is to arm its timer, on the pipeline's clock: there the drain begins.
        var time = new CallbackTimeProvider(_host.Time);
        var port = new IngressPort(new Door(new IngressOptions(), TimeProvider.System), _host.Counters, time);
        _host.Ingress = port;
        await using var rig = FlowRig<Exchange, Exchange>.Start(_mode, new IngressStage(port));
        await rig.SettleAsync();
        time.OnChange = () => port.Drain();
        var exchange = _host.NewExchange(deadline: long.MaxValue - 1);
        exchange.CountsInside = port.Door.TryEnter();

        port.Submitted.Post(exchange);

        Assert.Same(exchange, await rig.Out.PullAsync());
        await rig.Out.ExpectCompleteAsync();
        await rig.In.PushAsync(exchange);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failure_answers_everybody_with_a_typed_refusal(bool above)
    {
        var below = Submit();
        await Rig.Out.PullAsync();
        var exchanges = Enumerable.Range(0, Capacity).Select(_ => Submit()).Append(below).ToArray();
        await Rig.SettleAsync();
        var failure = new InvalidOperationException("bug");

        if (above)
        {
            Rig.In.Fail(failure);
        }
        else
        {
            Rig.Out.Cancel(failure);
        }

        foreach (var exchange in exchanges)
        {
            Assert.Equal(RefusalReason.PipelineRestarting, (await exchange.Outcome).Reason);
        }

        await Rig.SettleAsync();
        Assert.Equal((0, 0), (_port.Door.Inside, _port.Outside));
        Assert.Equal([failure], _endings);
        Assert.Equal(RefusalReason.PipelineRestarting, _port.Door.Closed);
    }

    [Fact]
    public async Task An_abrupt_stop_answers_everybody_and_whoever_comes_later()
    {
        var exchanges = Enumerable.Range(0, Capacity + 2).Select(_ => Submit()).ToArray();
        await Rig.SettleAsync();

        await Rig.StopAbruptlyAsync();

        var late = Submit();
        foreach (var exchange in exchanges.Append(late))
        {
            Assert.Equal(RefusalReason.PipelineRestarting, (await exchange.Outcome).Reason);
        }

        Assert.Equal((0, 0), (_port.Door.Inside, _port.Outside));
    }

    [Fact]
    public async Task The_next_stage_opens_the_door_again_and_leaves_alone_what_is_still_running()
    {
        var running = Submit();
        await Rig.Out.PullAsync();
        running.Phase = ExchangePhase.Running;
        await Rig.StopAbruptlyAsync();
        Assert.Equal(1, _port.Door.Inside);

        await using var next = FlowRig<Exchange, Exchange>.Start(_mode, new IngressStage(_port));
        await next.SettleAsync();
        var exchange = Submit();
        Assert.Same(exchange, await next.Out.PullAsync());
        Assert.Null(_port.Door.Closed);
        Assert.Equal(2, _port.Door.Inside);
        Assert.Equal(1, _host.Counters.Zombies);
    }

    private Exchange<string, string> Submit(int seconds = 1_000)
    {
        var exchange = _host.NewExchange(deadline: _host.Time.GetTimestamp() + (seconds * _host.Time.TimestampFrequency));
        Assert.True(_port.TryApproach());
        _port.Submit(exchange);
        return exchange;
    }

    public sealed class Plain() : IngressStageTests(IslandMode.Plain);

    public sealed class Fuzzed() : IngressStageTests(IslandMode.Fuzzed);
}
