using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Tests.Layers;

/// <summary>What every layer does, whatever else it does.</summary>
public abstract class LayerContract(IslandMode mode) : IAsyncLifetime
{
    private LayerRig? _rig;

    private protected StageHost Host { get; } = new();

    private protected LayerRig Rig => _rig ??= LayerRig.Start(Mode, Host, CreateLayer());

    protected IslandMode Mode { get; } = mode;

    /// <summary>Whether it asks for exchanges although nobody below asks for any.</summary>
    protected virtual bool PullsWithoutDemand => false;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_rig is not null)
        {
            await _rig.DisposeAsync();
        }
    }

    [Fact]
    public async Task Asks_for_exchanges_only_when_it_can_do_something_with_them()
    {
        if (PullsWithoutDemand)
        {
            await Rig.PassDownAsync(Host.NewExchange());
            await Rig.Requests.ExpectPullAsync();
            return;
        }

        await Rig.Requests.ExpectNoPullAsync();
        Rig.Below.Pull();
        await Rig.Requests.ExpectPullAsync();
    }

    [Fact]
    public async Task Asks_for_outcomes_at_once_and_always()
    {
        var exchanges = await SendDownAsync(2);

        await Rig.Results.PushAsync(exchanges[0]);
        await Rig.Results.PushAsync(exchanges[1]);

        await Rig.Results.ExpectPullAsync();
        await Rig.Outcomes.ExpectNoPushAsync();
    }

    [Fact]
    public async Task Hands_outcomes_up_in_their_order_and_one_for_each_pull()
    {
        var exchanges = await SendDownAsync(2);
        await Rig.Results.PushAsync(exchanges[1]);
        await Rig.Results.PushAsync(exchanges[0]);

        Assert.Same(exchanges[1], await Rig.Outcomes.PullAsync());
        await Rig.Outcomes.ExpectNoPushAsync();
        Assert.Same(exchanges[0], await Rig.Outcomes.PullAsync());
    }

    [Fact]
    public async Task Hands_exchanges_down_one_for_each_pull()
    {
        await Rig.PassDownAsync(Host.NewExchange());

        if (PullsWithoutDemand)
        {
            await Rig.Requests.PushAsync(Host.NewExchange());
        }

        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task An_abandoned_exchange_does_not_go_down()
    {
        var exchange = Host.NewExchange();
        exchange.Abandon(RefusalReason.Cancelled);
        Rig.Below.Pull();

        await Rig.Requests.PushAsync(exchange);

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task After_the_end_above_what_is_below_still_comes_up()
    {
        var exchanges = await SendDownAsync(2);

        Rig.Requests.Complete();
        await Rig.Outcomes.ExpectNoEndAsync();
        await Rig.PassUpAsync(exchanges[0]);
        await Rig.Results.PushAsync(exchanges[1]);
        await Rig.Below.ExpectCompleteAsync();
        Rig.Results.Complete();

        await Rig.Outcomes.ExpectNoEndAsync();
        Assert.Same(exchanges[1], await Rig.Outcomes.PullAsync());
        await Rig.Outcomes.ExpectCompleteAsync();
    }

    [Fact]
    public async Task An_end_above_without_anything_below_ends_the_way_down()
    {
        Rig.Requests.Complete();

        await Rig.Below.ExpectCompleteAsync();
        await Rig.Outcomes.ExpectNoEndAsync();
        Rig.Results.Complete();
        await Rig.Outcomes.ExpectCompleteAsync();
    }

    [Fact]
    public async Task A_failure_above_fails_both_ways()
    {
        await SendDownAsync(1);
        var failure = new InvalidOperationException("above");

        Rig.Requests.Fail(failure);

        Assert.Same(failure, await Rig.Below.ExpectFailureAsync());
        Assert.Same(failure, await Rig.Outcomes.ExpectFailureAsync());
        await Rig.Results.ExpectCancelAsync();
    }

    [Fact]
    public async Task A_failure_below_fails_both_ways()
    {
        await SendDownAsync(1);
        var failure = new InvalidOperationException("below");

        Rig.Results.Fail(failure);

        Assert.Same(failure, await Rig.Below.ExpectFailureAsync());
        Assert.Same(failure, await Rig.Outcomes.ExpectFailureAsync());
        await Rig.Requests.ExpectCancelAsync();
    }

    [Fact]
    public async Task A_cancellation_above_ends_everything()
    {
        await SendDownAsync(1);

        Rig.Outcomes.Cancel(new InvalidOperationException("above"));

        await Rig.Results.ExpectCancelAsync();
        await Rig.Requests.ExpectCancelAsync();
    }

    [Fact]
    public async Task A_cancellation_below_ends_everything()
    {
        await SendDownAsync(1);

        Rig.Below.Cancel(new InvalidOperationException("below"));

        await Rig.Results.ExpectCancelAsync();
        await Rig.Requests.ExpectCancelAsync();
    }

    [Fact]
    public async Task An_abrupt_stop_leaves_no_stage_behind()
    {
        await SendDownAsync(1);

        await Rig.StopAbruptlyAsync();
    }

    private protected abstract Layer CreateLayer();

    private protected async Task<Exchange[]> SendDownAsync(int count)
    {
        var exchanges = new Exchange[count];
        for (var i = 0; i < count; i++)
        {
            exchanges[i] = await Rig.PassDownAsync(Host.NewExchange($"r{i}"));
        }

        return exchanges;
    }
}
