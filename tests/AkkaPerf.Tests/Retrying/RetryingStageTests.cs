using AkkaPerf.Exchanges;
using AkkaPerf.Layers;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Retrying;

public abstract class RetryingStageTests : LayerContract
{
    private protected RetryingStageTests(IslandMode mode)
        : base(mode)
    {
        Around = new RetryingRig(Host);
        Host.IsRepeatable = static request => request.StartsWith("get", StringComparison.Ordinal);
    }

    private RetryingRig Around { get; }

    [Fact]
    public async Task What_failed_goes_to_another_backend_with_the_same_permit()
    {
        var down = await SendAsync("get");
        await FailAsync(down, "a");

        Assert.Same(down, await Rig.Below.PullAsync());

        Assert.Equal(OutcomeKind.None, down.ResultKind);
        Assert.True(down.Tried!.Contains(Around.Find("a")));
        Assert.True(down.HasPermit);
        Assert.Equal(1, Around.Port.Retries);
        Around.Run(down, "b", static _ => "fine");
        Assert.Same(down, await Rig.PassUpAsync(down));
        down.AnswerWithResult();
        Assert.Equal("fine", (await down.Outcome).Value);
    }

    [Fact]
    public async Task What_must_not_be_repeated_is_not()
    {
        var down = await SendAsync("post");

        await FailAsync(down, "a");

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal(OutcomeKind.Fault, down.ResultKind);
    }

    [Fact]
    public async Task A_failure_that_another_backend_cannot_mend_is_the_outcome()
    {
        var down = await SendAsync("get");

        Around.Run(down, "a", static _ => throw new InvalidOperationException("no"));
        await Rig.Results.PushAsync(down);

        Assert.Same(down, await Rig.Outcomes.PullAsync());
    }

    [Fact]
    public async Task What_was_never_sent_goes_on_whatever_it_is()
    {
        var down = await SendAsync("post");

        Around.Run(down, "a", static _ => throw new ConnectFailedException("no way"));
        await Rig.Results.PushAsync(down);

        Assert.Same(down, await Rig.Below.PullAsync());
    }

    [Fact]
    public async Task After_the_last_try_its_failure_is_the_outcome()
    {
        Around.Retry.Attempts = 2;
        var down = await SendAsync("get");
        await FailAsync(down, "a");
        Assert.Same(down, await Rig.Below.PullAsync());
        await FailAsync(down, "b");
        Assert.Same(down, await Rig.Below.PullAsync());

        await FailAsync(down, "c");

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal(OutcomeKind.Fault, down.ResultKind);
        Assert.Equal(2, Around.Port.Retries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Once_all_have_been_tried_the_same_is_only_if_that_is_said(bool isSaid)
    {
        Around.Retry.SameBackend = isSaid;
        Around.Directory.Drain("b", draining: true);
        Around.Directory.Drain("c", draining: true);
        var down = await SendAsync("get");

        await FailAsync(down, "a");

        Assert.Same(down, isSaid ? await Rig.Below.PullAsync() : await Rig.Outcomes.PullAsync());
        Assert.Null(isSaid ? down.Tried : null);
    }

    [Fact]
    public async Task An_empty_budget_ends_it_and_is_counted()
    {
        Around.Retry.Budget.Ratio = 0.5;
        Around.Retry.Budget.MinPerSecond = 0;
        var first = await SendAsync("get 1");
        await FailAsync(first, "a");
        Assert.Same(first, await Rig.Outcomes.PullAsync());
        Assert.Equal((0, 1), (Around.Port.Retries, Around.Port.RefusedByBudget));

        // Two requests bear one retry.
        var second = await SendAsync("get 2");
        await FailAsync(second, "a");
        Assert.Same(second, await Rig.Below.PullAsync());
        await FailAsync(second, "b");
        Assert.Same(second, await Rig.Outcomes.PullAsync());
        Assert.Equal((1, 1), (Around.Port.Retries, Around.Port.RefusedByBudget));
    }

    [Fact]
    public async Task There_is_no_other_try_past_the_deadline()
    {
        var down = await SendAsync("get", deadline: Host.Time.GetTimestamp() + 100);
        Host.Time.Advance(TimeSpan.FromTicks(100));

        await FailAsync(down, "a");

        Assert.Same(down, await Rig.Outcomes.PullAsync());
    }

    [Fact]
    public async Task Who_has_left_is_not_tried_again()
    {
        var down = await SendAsync("get");
        down.AnswerRefused(RefusalReason.Cancelled);

        await FailAsync(down, "a");

        Assert.Same(down, await Rig.Outcomes.PullAsync());
    }

    [Fact]
    public async Task Who_leaves_before_the_other_try_goes_down_leaves_at_once()
    {
        var down = await SendAsync("get");
        await FailAsync(down, "a");
        await Rig.SettleAsync();

        down.Abandon(RefusalReason.Cancelled);

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Rig.Requests.Complete();
        await Rig.Below.ExpectCompleteAsync();
    }

    [Fact]
    public async Task Who_is_to_pause_goes_up_with_its_failure_and_comes_down_for_another_try()
    {
        Around.Retry.BackOff.Base = TimeSpan.FromSeconds(1);
        Around.Retry.BackOff.Jitter = AkkaPerf.Retrying.BackOffJitter.None;
        var down = await SendAsync("get");
        await FailAsync(down, "a");

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal(Host.Time.GetTimestamp() + Host.Time.TimestampFrequency, down.Tries.ResumesAt);
        Assert.Equal(OutcomeKind.Fault, down.ResultKind);
        Assert.Equal(0, Around.Port.Retries);
        Assert.Same(down, await Rig.PassDownAsync(down));
        Assert.Equal(OutcomeKind.None, down.ResultKind);
        Assert.Equal(1, Around.Port.Retries);
    }

    [Fact]
    public async Task A_pause_that_outlasts_the_deadline_is_not_begun()
    {
        Around.Retry.BackOff.Base = TimeSpan.FromSeconds(1);
        Around.Retry.BackOff.Jitter = AkkaPerf.Retrying.BackOffJitter.None;
        var down = await SendAsync("get", deadline: Host.Time.GetTimestamp() + Host.Time.TimestampFrequency);

        await FailAsync(down, "a");

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal(0, down.Tries.ResumesAt);
    }

    [Fact]
    public async Task Where_starts_are_limited_another_try_is_one()
    {
        Around.IsRateLimited = true;
        var down = await SendAsync("get");

        await FailAsync(down, "a");

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal(Host.Time.GetTimestamp(), down.Tries.ResumesAt);
    }

    [Theory]
    [InlineData("get", 0, true, false)]
    [InlineData("get", 2, false, true)]
    [InlineData("get", 20, false, false)]
    [InlineData("post", 0, false, false)]
    public async Task An_answer_that_another_may_better_is_kept_until_then(string request, int retryAfter, bool isTriedAgain, bool isToPause)
    {
        var down = await SendAsync(request);
        Around.Run(down, "a", context =>
        {
            context.PreferAnother(TimeSpan.FromSeconds(retryAfter));
            return "unavailable";
        });
        await Rig.Results.PushAsync(down);

        Assert.Same(down, isTriedAgain ? await Rig.Below.PullAsync() : await Rig.Outcomes.PullAsync());
        Assert.Equal(isToPause, down.Tries.ResumesAt > 0);
        if (!isTriedAgain)
        {
            down.AnswerWithResult();
            Assert.Equal("unavailable", (await down.Outcome).Value);
        }
    }

    [Fact]
    public async Task What_was_answered_early_is_never_tried_again()
    {
        var down = await SendAsync("get");
        Around.Run(down, "a", static context =>
        {
            Assert.True(context.TryAnswer("head"));
            throw new HttpRequestException("the rest was lost");
        });
        await Rig.Results.PushAsync(down);

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal("head", (await down.Outcome).Value);
    }

    [Fact]
    public async Task An_end_above_waits_for_those_who_may_be_tried_again()
    {
        var down = await SendAsync("get");
        Rig.Requests.Complete();
        await Rig.Below.ExpectNoEndAsync();
        await FailAsync(down, "a");
        Assert.Same(down, await Rig.Below.PullAsync());

        await Rig.PassUpAsync(down);

        await Rig.Below.ExpectCompleteAsync();
        Rig.Results.Complete();
        await Rig.Outcomes.ExpectCompleteAsync();
    }

    private protected override Layer CreateLayer() => Around.CreateLayer();

    private async Task<Exchange<string, string>> SendAsync(string request, long deadline = long.MaxValue) =>
        (Exchange<string, string>)await Rig.PassDownAsync(Around.Permit(Host.NewExchange(request, deadline: deadline)));

    private Task FailAsync(Exchange exchange, string backend)
    {
        Around.Run(exchange, backend, static _ => throw new HttpRequestException("no"));
        return Rig.Results.PushAsync(exchange);
    }

    public sealed class Plain() : RetryingStageTests(IslandMode.Plain);

    public sealed class Fuzzed() : RetryingStageTests(IslandMode.Fuzzed);
}
