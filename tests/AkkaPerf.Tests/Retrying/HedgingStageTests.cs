using AkkaPerf.Exchanges;
using AkkaPerf.Layers;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Retrying;

/// <summary>Tries that are exchanges of their own.</summary>
public abstract class HedgingStageTests : LayerContract
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(10);

    private protected HedgingStageTests(IslandMode mode)
        : base(mode)
    {
        Around = new RetryingRig(Host);
        Around.Hedge.Enabled = true;
        Host.IsRepeatable = static request => request.StartsWith("get", StringComparison.Ordinal);
        Host.Permits.Resize(4);
    }

    private RetryingRig Around { get; }

    [Fact]
    public async Task What_must_not_be_repeated_goes_down_itself()
    {
        var exchange = Host.NewExchange("post");

        Assert.Same(exchange, await Rig.PassDownAsync(exchange));
    }

    [Fact]
    public async Task A_try_goes_down_with_the_permit_and_brings_it_back_with_the_outcome()
    {
        var (exchange, attempt) = await BeginAsync();
        Assert.NotSame(exchange, attempt);
        Assert.Equal((false, true), (exchange.HasPermit, attempt.HasPermit));

        Around.End(attempt, static _ => "fine");
        await AssertUpAsync(exchange, attempt, "fine");

        Assert.Equal((true, ExchangePhase.Returned), (exchange.HasPermit, attempt.Phase));
        Assert.Equal((1, 0), (Host.Permits.InUse, Around.PermitsReturned));
    }

    [Fact]
    public async Task What_is_slow_gets_a_second_try_with_a_permit_of_its_own_and_not_on_the_same_backend()
    {
        await LearnAsync();
        var (exchange, first) = await BeginAsync();
        Host.Time.Advance(Delay - TimeSpan.FromMilliseconds(1));
        Rig.Below.Pull();
        await Rig.Below.ExpectNoPushAsync();
        Host.Time.Advance(TimeSpan.FromMilliseconds(2));

        var second = await Rig.Below.ExpectPushAsync();

        Assert.True(second.Tried!.Contains(Around.Find("a")));
        Assert.True(second.HasPermit);
        Assert.Equal((2, 1), (Host.Permits.InUse, Around.Port.Hedges));
        Around.Run(second, "b", static _ => "second");
        await AssertUpAsync(exchange, second, "second");
        Assert.Equal((true, 1), (exchange.HasPermit, Around.Port.HedgesWon));

        // The first one was told to stop and holds its permit until it has.
        Assert.True(first.IsAnswered);
        Assert.False(first.IsExpired);
        Assert.Equal((ExchangePhase.OnIsland, 2), (first.Phase, Host.Permits.InUse));
        Around.End(first, static _ => throw new OperationCanceledException());
        await Rig.Results.PushAsync(first);
        await Rig.SettleAsync();
        Assert.Equal((ExchangePhase.Returned, 1, 1), (first.Phase, Host.Permits.InUse, Around.PermitsReturned));
        await Rig.Outcomes.ExpectNoPushAsync();
    }

    [Fact]
    public async Task A_first_that_is_faster_after_all_wins()
    {
        var (exchange, first, second) = await BeginHedgedAsync();

        Around.End(first, static _ => "first");
        await AssertUpAsync(exchange, first, "first");

        Assert.True(second.IsAnswered);
        Assert.Equal((1, 0), (Around.Port.Hedges, Around.Port.HedgesWon));
        Around.End(second, static _ => "late");
        await Rig.Results.PushAsync(second);
        await Rig.SettleAsync();
        Assert.Equal(1, Host.Permits.InUse);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_failure_of_one_leaves_it_to_the_other(bool isFirst)
    {
        var (exchange, first, second) = await BeginHedgedAsync();
        var (fails, answers) = isFirst ? (first, second) : (second, first);
        Around.End(fails, static _ => throw new HttpRequestException("no"));
        await Rig.Results.PushAsync(fails);
        await Rig.SettleAsync();
        Assert.Equal((1, 1), (Host.Permits.InUse, Around.PermitsReturned));
        Assert.False(answers.IsAnswered);

        Around.End(answers, static _ => "fine");
        await AssertUpAsync(exchange, answers, "fine");
        Assert.Equal(isFirst ? 1 : 0, Around.Port.HedgesWon);
    }

    [Fact]
    public async Task When_both_have_failed_a_third_backend_is_tried()
    {
        var (exchange, first, second) = await BeginHedgedAsync();
        Around.End(first, static _ => throw new HttpRequestException("no"));
        await Rig.Results.PushAsync(first);
        Around.End(second, static _ => throw new HttpRequestException("no"));
        await Rig.Results.PushAsync(second);

        var third = await Rig.Below.PullAsync();

        Assert.Equal((true, true, false), (third.Tried!.Contains(Around.Find("a")), third.Tried.Contains(Around.Find("b")), third.Tried.Contains(Around.Find("c"))));
        Around.Run(third, "c", static _ => "third");
        await AssertUpAsync(exchange, third, "third");
        Assert.Equal((1, 1, 0), (Host.Permits.InUse, Around.Port.Hedges, Around.Port.HedgesWon));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_early_answer_wins_and_stays_alone(bool isFirst)
    {
        var (exchange, first, second) = await BeginHedgedAsync();
        var (wins, loses) = isFirst ? (first, second) : (second, first);

        Around.End(wins, context =>
        {
            Assert.True(context.TryAnswer("head"));
            return "unused";
        });
        await Rig.SettleAsync();
        await Rig.Outcomes.ExpectNoPushAsync();
        Assert.True(loses.IsAnswered);
        Assert.Equal("head", (await exchange.Outcome).Value);
        Around.End(loses, context =>
        {
            Assert.False(context.TryAnswer("late"));
            return "late";
        });
        await Rig.Results.PushAsync(loses);
        Assert.Same(exchange, await Rig.PassUpAsync(wins));

        Assert.Equal((1, isFirst ? 0 : 1), (Host.Permits.InUse, Around.Port.HedgesWon));
        Assert.True(exchange.IsAnsweredEarly);
        Assert.False(exchange.AnswerWithResult());
    }

    [Fact]
    public async Task Of_two_early_answers_one_is_taken_whoever_ends_first()
    {
        var (exchange, first, second) = await BeginHedgedAsync();
        var taken = 0;
        foreach (var attempt in new[] { second, first })
        {
            Around.End(attempt, context =>
            {
                taken += context.TryAnswer("head") ? 1 : 0;
                return "unused";
            });
        }

        await Rig.Results.PushAsync(first);
        await Rig.Results.PushAsync(second);

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        await Rig.Outcomes.ExpectNoPushAsync();
        Assert.Equal(1, taken);
        Assert.Equal("head", (await exchange.Outcome).Value);
        Assert.Equal(1, Host.Permits.InUse);
    }

    [Theory]
    [InlineData(RefusalReason.Cancelled, false)]
    [InlineData(RefusalReason.DeadlinePassed, true)]
    public async Task Who_leaves_goes_up_at_once_and_its_tries_hold_their_permits_until_they_end(RefusalReason reason, bool isLate)
    {
        var (exchange, first, second) = await BeginHedgedAsync();

        exchange.Abandon(reason);

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        Assert.False(exchange.HasPermit);
        Assert.Equal((2, isLate, isLate), (Host.Permits.InUse, first.IsExpired, second.IsExpired));
        foreach (var attempt in new[] { second, first })
        {
            Around.End(attempt, static _ => "late");
            await Rig.Results.PushAsync(attempt);
        }

        await Rig.SettleAsync();
        Assert.Equal((0, 2), (Host.Permits.InUse, Around.PermitsReturned));
        await Rig.Outcomes.ExpectNoPushAsync();
    }

    [Fact]
    public async Task Who_leaves_while_it_waits_to_be_tried_leaves_at_once()
    {
        var (exchange, attempt) = await BeginAsync();
        Around.End(attempt, static _ => throw new HttpRequestException("no"));
        await Rig.Results.PushAsync(attempt);
        await Rig.SettleAsync();

        exchange.Abandon(RefusalReason.Cancelled);

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        Assert.True(exchange.HasPermit);
        Rig.Requests.Complete();
        await Rig.Below.ExpectCompleteAsync();
    }

    [Fact]
    public async Task Without_a_free_permit_there_is_no_second_try()
    {
        await LearnAsync();
        await BeginAsync();
        Host.Permits.Resize(1);
        var left = Around.Port.Budget.Available(Host.Time.GetTimestamp());

        await AssertNotHedgedAsync();

        Assert.Equal(0, Around.Port.RefusedByBudget);
        Assert.Equal(left, Around.Port.Budget.Available(Host.Time.GetTimestamp()));
    }

    [Fact]
    public async Task A_budget_that_others_change_meanwhile_costs_no_permit()
    {
        Around.Retry.Budget.MinPerSecond = 0;
        await LearnAsync();
        await BeginAsync();

        // What paid for second tries leaves the window.
        Around.Meanwhile = () => Around.Port.Budget.Deposit(Host.Time.GetTimestamp() + (20 * Host.Time.TimestampFrequency));
        Rig.Below.Pull();
        Host.Time.Advance(2 * Delay);
        await Rig.SettleAsync();

        Assert.Equal(1 + Around.Port.Hedges, Host.Permits.InUse);
    }

    [Fact]
    public async Task A_further_try_and_a_second_one_are_paid_from_one_budget()
    {
        Around.Retry.Budget.Ratio = 0;
        Around.Retry.Budget.MinPerSecond = 0.1;
        await LearnAsync();
        var (exchange, first) = await BeginAsync();
        Around.End(first, static _ => throw new HttpRequestException("no"));
        await Rig.Results.PushAsync(first);
        var further = await Rig.Below.PullAsync();
        Around.Run(further, "b", static _ => "fine");
        await AssertUpAsync(exchange, further, "fine");
        Assert.Equal((1, 0), (Around.Port.Retries, Around.Port.RefusedByBudget));
        await BeginAsync();

        await AssertNotHedgedAsync();

        Assert.Equal(1, Around.Port.RefusedByBudget);
    }

    [Fact]
    public async Task Without_budget_there_is_no_second_try_and_that_is_counted()
    {
        Around.Retry.Budget.Ratio = 0;
        Around.Retry.Budget.MinPerSecond = 0;
        await LearnAsync();
        await BeginAsync();

        await AssertNotHedgedAsync();

        Assert.Equal((1, 1), (Around.Port.RefusedByBudget, Host.Permits.InUse));
    }

    [Fact]
    public async Task Without_another_backend_there_is_no_second_try()
    {
        await LearnAsync();
        await BeginAsync();
        Around.Directory.Drain("b", draining: true);
        Around.Directory.Drain("c", draining: true);

        await AssertNotHedgedAsync();
    }

    [Fact]
    public async Task What_has_no_backend_yet_gets_no_second_try()
    {
        await LearnAsync();
        await Rig.PassDownAsync(Host.NewExchange("get"));

        await AssertNotHedgedAsync();
    }

    [Fact]
    public async Task While_all_are_slow_there_is_no_second_try()
    {
        Around.Hedge.MaxDelay = Delay / 2;
        await LearnAsync();
        await BeginAsync();

        await AssertNotHedgedAsync();
    }

    [Fact]
    public async Task A_second_try_that_found_no_demand_goes_as_soon_as_there_is()
    {
        await LearnAsync();
        await BeginAsync();
        Host.Time.Advance(2 * Delay);
        await Rig.SettleAsync();
        Assert.Equal(0, Around.Port.Hedges);

        await Rig.Below.PullAsync();

        Assert.Equal(1, Around.Port.Hedges);
    }

    [Fact]
    public async Task A_try_that_takes_too_long_is_given_up_and_the_exchange_goes_up_for_another_permit()
    {
        Around.Hedge.Enabled = false;
        Around.Retry.AttemptTimeout = Delay;
        var (exchange, first) = await BeginAsync();

        Host.Time.Advance(Delay);

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        Assert.Equal((false, true), (exchange.HasPermit, first.HasPermit));
        Assert.Equal(Host.Time.GetTimestamp(), exchange.Tries.ResumesAt);
        Assert.True(first.IsExpired);
        var second = await Rig.PassDownAsync(Around.Permit(exchange));
        Assert.True(second.Tried!.Contains(Around.Find("a")));
        Around.End(first, static _ => "late");
        await Rig.Results.PushAsync(first);
        Around.Run(second, "b", static _ => "second");
        await AssertUpAsync(exchange, second, "second");
        Assert.Equal((1, 1), (Host.Permits.InUse, Around.Port.Retries));
    }

    [Fact]
    public async Task A_last_try_may_take_until_the_deadline()
    {
        Around.Hedge.Enabled = false;
        Around.Retry.AttemptTimeout = Delay;
        Around.Directory.Drain("b", draining: true);
        Around.Directory.Drain("c", draining: true);
        var (exchange, first) = await BeginAsync();

        Host.Time.Advance(3 * Delay);
        await Rig.SettleAsync();

        Assert.False(first.IsAnswered);
        Around.End(first, static _ => "late");
        await AssertUpAsync(exchange, first, "late");
    }

    [Fact]
    public async Task A_given_up_exchange_that_gets_no_permit_has_a_timeout_for_its_outcome()
    {
        Around.Hedge.Enabled = false;
        Around.Retry.AttemptTimeout = Delay;
        var (exchange, _) = await BeginAsync();
        Host.Time.Advance(Delay);
        Assert.Same(exchange, await Rig.Outcomes.PullAsync());

        exchange.AnswerWithResult();

        Assert.IsType<TimeoutException>((await exchange.Outcome).Exception);
    }

    [Fact]
    public async Task A_stop_returns_the_tries_that_stages_hold_and_no_others()
    {
        var (_, first, second) = await BeginHedgedAsync();
        second.Phase = ExchangePhase.Running;

        await Rig.StopAbruptlyAsync();

        Assert.Equal((ExchangePhase.Returned, ExchangePhase.Running), (first.Phase, second.Phase));
        Assert.Equal((true, true, 1), (first.IsAnswered, second.IsAnswered, Host.Permits.InUse));
    }

    [Fact]
    public async Task An_end_above_waits_for_the_tries()
    {
        var (exchange, attempt) = await BeginAsync();
        Rig.Requests.Complete();
        await Rig.Below.ExpectNoEndAsync();

        Around.End(attempt, static _ => "fine");
        await AssertUpAsync(exchange, attempt, "fine");

        await Rig.Below.ExpectCompleteAsync();
    }

    [Fact]
    public async Task What_is_slow_already_when_it_becomes_known_what_slow_is_is_hedged_though_nobody_comes_any_more()
    {
        var (exchange, first) = await BeginAsync();
        var others = new List<(Exchange<string, string> Exchange, Exchange Attempt)>();
        for (var i = 0; i < 10; i++)
        {
            others.Add(await BeginAsync());
        }

        Host.Permits.Resize(20);
        Rig.Below.Pull();
        Host.Time.Advance(Delay);
        await Rig.Below.ExpectNoPushAsync();
        foreach (var (other, attempt) in others)
        {
            Around.End(attempt, static _ => "learnt");
            await AssertUpAsync(other, attempt, "learnt");
            Host.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var second = await Rig.Below.ExpectPushAsync();
        Assert.True(second.Tried!.Contains(Around.Find("a")));
        Around.Run(second, "b", static _ => "second");
        await AssertUpAsync(exchange, second, "second");
        Assert.True(first.IsAnswered);
    }

    private protected override Layer CreateLayer() => Around.CreateLayer();

    // Twenty answers that took the delay.
    private async Task LearnAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            var exchange = Host.NewExchange("get");
            var attempt = await Rig.PassDownAsync(exchange);
            Around.Assign(attempt, "a");
            Host.Time.Advance(Delay);
            Around.End(attempt, static _ => "learnt");
            Assert.Same(exchange, await Rig.PassUpAsync(attempt));
        }
    }

    private async Task<(Exchange<string, string> Exchange, Exchange Attempt)> BeginAsync()
    {
        var exchange = Around.Permit(Host.NewExchange("get"));
        var attempt = await Rig.PassDownAsync(exchange);
        Around.Assign(attempt, "a");
        return (exchange, attempt);
    }

    private async Task<(Exchange<string, string> Exchange, Exchange First, Exchange Second)> BeginHedgedAsync()
    {
        await LearnAsync();
        var (exchange, first) = await BeginAsync();
        Rig.Below.Pull();
        Host.Time.Advance(Delay * 1.1);
        var second = await Rig.Below.ExpectPushAsync();
        Around.Assign(second, "b");
        return (exchange, first, second);
    }

    private async Task AssertNotHedgedAsync()
    {
        Rig.Below.Pull();
        Host.Time.Advance(2 * Delay);
        await Rig.Below.ExpectNoPushAsync();
        Assert.Equal(0, Around.Port.Hedges);
    }

    private async Task AssertUpAsync(Exchange<string, string> exchange, Exchange attempt, string answer)
    {
        Assert.Same(exchange, await Rig.PassUpAsync(attempt));
        Assert.True(exchange.AnswerWithResult());
        Assert.Equal(answer, (await exchange.Outcome).Value);
    }

    public sealed class Plain() : HedgingStageTests(IslandMode.Plain);

    public sealed class Fuzzed() : HedgingStageTests(IslandMode.Fuzzed);
}
