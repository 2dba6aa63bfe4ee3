using AkkaPerf.Exchanges;
using AkkaPerf.Layers;
using AkkaPerf.Tests.Layers;
using AkkaPerf.Throttling;

namespace AkkaPerf.Tests.Throttling;

public abstract class ThrottlingStageTests(IslandMode mode) : LayerContract(mode)
{
    private readonly List<RefusalReason?> _shed = [];
    private ThrottlingMonitor? _monitor;

    private protected ThrottleOptions Options { get; } = new() { Queue = 2 };

    private protected bool Rejects { get; set; } = true;

    protected override bool PullsWithoutDemand => Rejects;

    private ThrottlingMonitor Monitor => _monitor ??= new ThrottlingMonitor { Shed = (reason, _) => _shed.Add(reason) };

    [Fact]
    public async Task Whoever_must_wait_starts_in_order_when_permits_come_free()
    {
        var started = await SendDownAsync(2);
        var waiting = await OfferAsync(2);
        Rig.Below.Pull(2);
        await Rig.Below.ExpectNoPushAsync();
        Assert.Equal(2, Monitor.Waiting);

        await Rig.PassUpAsync(started[0]);
        Assert.Same(waiting[0], await Rig.Below.ExpectPushAsync());
        await Rig.Below.ExpectNoPushAsync();
        await Rig.PassUpAsync(started[1]);
        Assert.Same(waiting[1], await Rig.Below.ExpectPushAsync());

        Assert.Equal(0, Monitor.Waiting);
        Assert.Equal(2, Host.Permits.InUse);
    }

    [Fact]
    public async Task A_full_room_refuses_at_once_and_says_so_until_there_is_room()
    {
        var started = await SendDownAsync(2);
        await OfferAsync(2);
        var refused = (await OfferAsync(1))[0];

        Assert.Same(refused, await Rig.Outcomes.PullAsync());
        Assert.True(refused.AnswerWithResult());
        Assert.Equal(RefusalReason.QueueFull, (await refused.Outcome).Reason);
        Assert.Equal(RefusalReason.QueueFull, _shed[^1]);

        Rig.Below.Pull();
        await Rig.PassUpAsync(started[0]);
        await Rig.Below.ExpectPushAsync();
        await Rig.SettleAsync();
        Assert.Null(_shed[^1]);
    }

    [Fact]
    public async Task A_full_room_that_waits_asks_for_no_more()
    {
        Rejects = false;
        var started = await SendDownAsync(2);
        await OfferAsync(2);
        await Rig.Requests.ExpectNoPullAsync();

        Rig.Below.Pull();
        await Rig.PassUpAsync(started[0]);

        await Rig.Requests.ExpectPullAsync();
        Assert.Empty(_shed.OfType<RefusalReason>());
    }

    [Fact]
    public async Task Without_a_room_a_free_permit_is_enough()
    {
        Options.Queue = 0;
        Host.Permits.Resize(3);
        await Rig.PassDownAsync(Host.NewExchange());

        // No demand below: the two that may start wait for it, the third has no place.
        var offered = await OfferAsync(3);

        Assert.Same(offered[2], await Rig.Outcomes.PullAsync());
        Assert.Same(offered[0], await Rig.Below.PullAsync());
        Assert.Same(offered[1], await Rig.Below.PullAsync());
    }

    [Fact]
    public async Task Who_always_waits_waits_in_a_full_room()
    {
        await SendDownAsync(2);
        await OfferAsync(2);
        var patient = Host.NewExchange();
        patient.AlwaysWaits = true;

        await Rig.Requests.PushAsync(patient);
        Rig.Outcomes.Pull();

        await Rig.Outcomes.ExpectNoPushAsync();
        Assert.Equal(3, Monitor.Waiting);
    }

    [Theory]
    [InlineData(RefusalReason.DeadlinePassed)]
    [InlineData(RefusalReason.Cancelled)]
    public async Task Who_gives_up_leaves_the_room_at_once_and_never_starts(RefusalReason reason)
    {
        var started = await SendDownAsync(2);
        var waiting = await OfferAsync(2);

        waiting[0].Abandon(reason);

        Assert.Same(waiting[0], await Rig.Outcomes.PullAsync());
        Assert.Equal(1, Monitor.Waiting);
        Rig.Below.Pull(2);
        await Rig.PassUpAsync(started[0]);
        Assert.Same(waiting[1], await Rig.Below.ExpectPushAsync());
        await Rig.PassUpAsync(started[1]);
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task Room_that_somebody_left_is_offered_again()
    {
        Rejects = false;
        await SendDownAsync(2);
        var waiting = await OfferAsync(2);

        waiting[1].Abandon(RefusalReason.Cancelled);
        await Rig.Outcomes.PullAsync();

        await Rig.Requests.ExpectPullAsync();
    }

    [Fact]
    public async Task A_raised_limit_starts_those_who_wait()
    {
        await SendDownAsync(2);
        var waiting = await OfferAsync(2);
        Rig.Below.Pull(2);

        Host.Permits.Resize(4);

        Assert.Same(waiting[0], await Rig.Below.ExpectPushAsync());
        Assert.Same(waiting[1], await Rig.Below.ExpectPushAsync());
    }

    [Fact]
    public async Task A_lowered_limit_starts_nobody_until_it_is_kept()
    {
        var started = await SendDownAsync(2);
        var waiting = await OfferAsync(1);
        Rig.Below.Pull();

        Host.Permits.Resize(1);
        await Rig.PassUpAsync(started[0]);
        await Rig.Below.ExpectNoPushAsync();

        await Rig.PassUpAsync(started[1]);
        Assert.Same(waiting[0], await Rig.Below.ExpectPushAsync());
    }

    [Fact]
    public async Task An_end_above_waits_for_those_in_the_room()
    {
        var started = await SendDownAsync(2);
        var waiting = await OfferAsync(1);
        Rig.Requests.Complete();
        await Rig.Below.ExpectNoEndAsync();

        Rig.Below.Pull();
        await Rig.PassUpAsync(started[0]);

        Assert.Same(waiting[0], await Rig.Below.ExpectPushAsync());
        await Rig.Below.ExpectCompleteAsync();
        await Rig.PassUpAsync(started[1]);
        await Rig.PassUpAsync(waiting[0]);
        Rig.Results.Complete();
        await Rig.Outcomes.ExpectCompleteAsync();
        Assert.Equal(0, Host.Permits.InUse);
    }

    [Fact]
    public async Task The_rate_starts_one_at_a_time()
    {
        Options.Rate = 1;
        Rig.Below.Pull(3);
        var offered = await OfferAsync(3);
        Assert.Same(offered[0], await Rig.Below.ExpectPushAsync());
        await Rig.Below.ExpectNoPushAsync();

        Host.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Same(offered[1], await Rig.Below.ExpectPushAsync());
        await Rig.Below.ExpectNoPushAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_room_the_rate_lets_the_next_in_when_its_time_has_come(bool rejects)
    {
        Rejects = rejects;
        Options.Queue = 0;
        Options.Rate = 1;
        var first = await Rig.PassDownAsync(Host.NewExchange());
        await Rig.PassUpAsync(first);
        await Rig.SettleAsync();

        Host.Time.Advance(TimeSpan.FromSeconds(1));
        await Rig.SettleAsync();

        Assert.Null(_shed.LastOrDefault());
        await Rig.PassDownAsync(Host.NewExchange());
    }

    [Fact]
    public async Task A_late_timer_starts_all_that_was_due()
    {
        Options.Rate = 10;
        Options.Queue = 10;
        Host.Permits.Resize(100);
        Rig.Below.Pull(10);
        await OfferAsync(8);
        await Rig.Below.ExpectPushAsync();

        Host.Time.Advance(TimeSpan.FromSeconds(0.5));

        for (var i = 0; i < 5; i++)
        {
            await Rig.Below.ExpectPushAsync();
        }

        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task Time_spent_waiting_for_a_permit_saves_up_no_starts()
    {
        Options.Rate = 10;
        Options.Queue = 20;
        Host.Permits.Resize(1);
        var first = await Rig.PassDownAsync(Host.NewExchange());
        await OfferAsync(10);
        Rig.Below.Pull(10);
        Host.Time.Advance(TimeSpan.FromSeconds(10));
        await Rig.SettleAsync();

        Host.Permits.Resize(100);
        await Rig.PassUpAsync(first);

        await Rig.Below.ExpectPushAsync();
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task Who_has_just_left_costs_no_start_though_its_notice_has_not_come_yet()
    {
        Options.Rate = 1;
        Rig.Below.Pull(3);
        Host.Permits.Resize(10);
        await Rig.Requests.PushAsync(Host.NewExchange());
        await Rig.Below.ExpectPushAsync();
        var waiting = await OfferAsync(2);

        waiting[0].AnswerRefused(RefusalReason.Cancelled);
        Host.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Same(waiting[1], await Rig.Below.ExpectPushAsync());
        Assert.Same(waiting[0], await Rig.Outcomes.PullAsync());
        Assert.Equal(2, Host.Permits.InUse);
    }

    [Fact]
    public async Task The_refusal_says_that_the_rate_is_to_blame_and_when_to_come_back()
    {
        Options.Rate = 1;
        Rig.Below.Pull(2);
        await OfferAsync(3);
        var refused = (await OfferAsync(1))[0];

        Assert.Same(refused, await Rig.Outcomes.PullAsync());
        refused.AnswerWithResult();
        var outcome = await refused.Outcome;
        Assert.Equal(RefusalReason.RateLimited, outcome.Reason);
        Assert.Equal(TimeSpan.FromSeconds(3), outcome.RetryAfter);
    }

    [Fact]
    public async Task A_stop_forgets_the_room_but_no_permit()
    {
        await SendDownAsync(2);
        await OfferAsync(2);

        await Rig.StopAbruptlyAsync();

        Assert.Equal(0, Monitor.Waiting);
        Assert.Null(_shed[^1]);
        Assert.Equal(2, Host.Permits.InUse);
    }

    private protected override Layer CreateLayer() => new ThrottlingLayer(
        Options,
        Rejects,
        (Host.Permits, new TokenBucket(Options.Rate, Options.Burst, Host.Time.TimestampFrequency, Host.Time.GetTimestamp())),
        Monitor,
        Host.Time);

    private async Task<Exchange<string, string>[]> OfferAsync(int count)
    {
        var exchanges = new Exchange<string, string>[count];
        for (var i = 0; i < count; i++)
        {
            exchanges[i] = Host.NewExchange($"offered {i}");
            await Rig.Requests.PushAsync(exchanges[i]);
        }

        await Rig.SettleAsync();
        return exchanges;
    }

    public sealed class Plain() : ThrottlingStageTests(IslandMode.Plain);

    public sealed class Fuzzed() : ThrottlingStageTests(IslandMode.Fuzzed);
}
