using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Balancing;

public abstract class BalancingStageTests(IslandMode mode) : LayerContract(mode), IBalancingPolicy
{
    private BackendDirectory? _directory;
    private int _picks;

    private BackendDirectory Directory => _directory ??= CreateDirectory();

    private Func<int, int> Picked { get; set; } = static count => count - 1;

    [Fact]
    public async Task An_exchange_gets_its_backend_on_the_way_down_and_leaves_it_on_the_way_up()
    {
        var down = await Rig.PassDownAsync(Host.NewExchange());
        var backend = Assert.IsType<Backend>(down.Backend);
        Assert.Equal(("b", 1), (backend.Id, backend.InFlight));

        down.TakeEntry(new CacheEntry<string>("fine", EntryLife.Endless, 0));
        await Rig.PassUpAsync(down);

        Assert.Null(down.Backend);
        Assert.Equal((0, 1, 0), (backend.InFlight, backend.Succeeded, backend.Failed));
    }

    [Fact]
    public async Task A_fault_counts_against_the_backend_unless_its_caller_has_left()
    {
        var down = await SendDownAsync(2);
        var backend = down[0].Backend!;
        Host.Handler = static (_, _, _) => throw new InvalidOperationException("no");
        down[0].Execute();
        await Rig.PassUpAsync(down[0]);
        Host.Handler = (_, _, _) =>
        {
            down[1].AnswerRefused(RefusalReason.Cancelled);
            throw new OperationCanceledException();
        };
        down[1].Execute();
        await Rig.PassUpAsync(down[1]);

        Assert.Equal((0, 0, 1), (backend.InFlight, backend.Succeeded, backend.Failed));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_speaks_against_the_backend_counts_against_it(bool isEarly)
    {
        var down = await Rig.PassDownAsync(Host.NewExchange());
        var backend = down.Backend!;
        Host.Handler = (_, _, context) =>
        {
            context.BlameBackend();
            Assert.Equal(isEarly, isEarly && context.TryAnswer("service unavailable"));
            return ValueTask.FromResult("service unavailable");
        };

        down.Execute();
        await Rig.PassUpAsync(down);

        down.AnswerWithResult();
        Assert.Equal("service unavailable", (await ((Exchange<string, string>)down).Outcome).Value);
        Assert.Equal((0, 0, 1), (backend.InFlight, backend.Succeeded, backend.Failed));
    }

    [Theory]
    [InlineData(RefusalReason.DeadlinePassed, true, 1, 0)]
    [InlineData(RefusalReason.DeadlinePassed, false, 1, 0)]
    [InlineData(RefusalReason.Cancelled, true, 0, 0)]
    [InlineData(RefusalReason.Cancelled, false, 0, 1)]
    public async Task An_answer_after_the_deadline_counts_against_the_backend(RefusalReason reason, bool throws, int failed, int succeeded)
    {
        var down = await Rig.PassDownAsync(Host.NewExchange());
        var backend = down.Backend!;
        Host.Handler = (_, _, _) =>
        {
            down.AnswerRefused(reason);
            return throws ? throw new OperationCanceledException() : ValueTask.FromResult("late");
        };

        down.Execute();
        await Rig.PassUpAsync(down);

        Assert.Equal((0, failed, succeeded), (backend.InFlight, backend.Failed, backend.Succeeded));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task A_try_that_fails_counts_against_the_backend_unless_the_one_it_was_made_for_has_an_answer(bool isAnswered, int failed)
    {
        var exchange = Host.NewExchange();
        var down = await Rig.PassDownAsync(exchange.CreateTry());
        var backend = down.Backend!;
        Host.Handler = (_, _, _) => throw new OperationCanceledException();
        if (isAnswered)
        {
            exchange.AnswerRefused(RefusalReason.Cancelled);
        }

        down.Execute();
        await Rig.PassUpAsync(down);

        Assert.Equal((0, failed, 0), (backend.InFlight, backend.Failed, backend.Succeeded));
    }

    [Fact]
    public async Task Deadline_that_passes_before_the_handler_starts_says_nothing_of_the_backend()
    {
        var down = await Rig.PassDownAsync(Host.NewExchange());
        var backend = down.Backend!;
        down.AnswerRefused(RefusalReason.DeadlinePassed);

        down.Execute();
        await Rig.PassUpAsync(down);

        Assert.Equal((0, 0, 0), (backend.InFlight, backend.Failed, backend.Succeeded));
    }

    [Theory]
    [InlineData(BackendHealth.Unhealthy, 5)]
    [InlineData(BackendHealth.Unknown, 1)]
    [InlineData(BackendHealth.Healthy, 0)]
    public async Task Whoever_is_refused_is_told_when_probes_may_bring_a_backend_back(BackendHealth health, int seconds)
    {
        // What is drained by hand comes back by hand only, however healthy it is.
        _directory = CreateDirectory(unknownIsEligible: false);
        Directory.Drain("a", draining: true);
        Directory.Judge(Directory.Current.All[1].Backend, VerdictOf(health), "test");
        Directory.Drain("b", draining: health == BackendHealth.Healthy);
        var exchange = Host.NewExchange();
        Rig.Below.Pull();

        await Rig.Requests.PushAsync(exchange);

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        exchange.AnswerWithResult();
        var outcome = await exchange.Outcome;
        Assert.Equal(RefusalReason.NoHealthyBackend, outcome.Reason);
        Assert.Equal(seconds == 0 ? null : TimeSpan.FromSeconds(seconds), outcome.RetryAfter);
    }

    [Fact]
    public async Task Without_an_eligible_backend_it_is_refused()
    {
        Directory.Drain("a", draining: true);
        Directory.Drain("b", draining: true);
        var exchange = Host.NewExchange();
        Rig.Below.Pull();

        await Rig.Requests.PushAsync(exchange);

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        exchange.AnswerWithResult();
        Assert.Equal(RefusalReason.NoHealthyBackend, (await exchange.Outcome).Reason);
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task One_backend_needs_no_policy()
    {
        Directory.Remove("b");

        await Rig.PassDownAsync(Host.NewExchange());

        Assert.Equal(0, _picks);
    }

    [Fact]
    public async Task A_failed_connect_goes_to_another_backend_exactly_once()
    {
        var down = await Rig.PassDownAsync(Host.NewExchange());
        var first = down.Backend!;
        await ConnectFailsAsync(down);

        Assert.Same(down, await Rig.Below.PullAsync());
        var second = down.Backend!;
        Assert.NotSame(first, second);
        Assert.Equal((0, 1), (first.InFlight, second.InFlight));
        Assert.False(down.PrefersFailure);
        Assert.Equal(OutcomeKind.None, down.ResultKind);
        await ConnectFailsAsync(down);

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal((1, 1), (first.Failed, second.Failed));
        Assert.Equal((0, 0), (first.InFlight, second.InFlight));
        Rig.Below.Pull();
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task A_backend_that_was_taken_out_since_it_was_picked_counts_as_no_try()
    {
        Directory.Add(Options("c"));
        Directory.Add(Options("d"));
        var down = await Rig.PassDownAsync(Host.NewExchange());
        for (var i = 0; i < 3; i++)
        {
            var gone = down.Backend!;
            Directory.Remove(gone.Id);
            await ConnectFailsAsync(down);
            Assert.Same(down, await Rig.Below.PullAsync());
            Assert.Null(down.Tried);
            Assert.Equal((0, 0), (gone.InFlight, gone.Failed));
        }

        // The last one: there is nobody else.
        Directory.Remove(down.Backend!.Id);
        await ConnectFailsAsync(down);
        Assert.Same(down, await Rig.Outcomes.PullAsync());
        down.AnswerWithResult();
        Assert.Equal(RefusalReason.NoHealthyBackend, (await ((Exchange<string, string>)down).Outcome).Reason);
    }

    [Fact]
    public async Task Whoever_loses_its_backend_does_not_go_where_the_try_beside_it_is()
    {
        Directory.Add(Options("c"));
        var first = await Rig.PassDownAsync(Host.NewExchange());
        Assert.Equal("c", first.Backend!.Id);
        var second = Host.NewExchange();
        first.Tries.IsTry = second.Tries.IsTry = second.Tries.IsHedge = true;
        first.Tried = second.Tried = new TriedBackends();
        first.Tried.Add(first.Backend);
        Picked = static _ => 0;
        await Rig.PassDownAsync(second);
        Assert.Equal("a", second.Backend!.Id);
        Directory.Remove("c");
        await ConnectFailsAsync(first);
        Assert.Same(first, await Rig.Below.PullAsync());
        Assert.Equal("b", first.Backend!.Id);

        Directory.Add(Options("d"));
        Directory.Remove("a");
        await ConnectFailsAsync(second);

        Assert.Same(second, await Rig.Below.PullAsync());
        Assert.Equal("d", second.Backend!.Id);
    }

    [Fact]
    public async Task A_failed_connect_to_the_last_backend_is_its_outcome()
    {
        Directory.Drain("a", draining: true);
        var down = await Rig.PassDownAsync(Host.NewExchange());
        Assert.False(down.PrefersFailure);

        await ConnectFailsAsync(down);

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal(OutcomeKind.Refusal, down.ResultKind);
    }

    [Fact]
    public async Task Who_has_left_is_not_sent_to_another_backend()
    {
        var down = await Rig.PassDownAsync(Host.NewExchange());
        down.AnswerRefused(RefusalReason.Cancelled);

        await ConnectFailsAsync(down);

        Assert.Same(down, await Rig.Outcomes.PullAsync());
    }

    [Fact]
    public async Task Who_leaves_while_it_waits_for_the_other_backend_gives_it_back()
    {
        var down = await Rig.PassDownAsync(Host.NewExchange());
        await ConnectFailsAsync(down);
        await Rig.SettleAsync();
        var second = down.Backend!;

        down.Abandon(RefusalReason.DeadlinePassed);

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal((0, 0), (second.InFlight, second.Failed));
    }

    [Fact]
    public async Task A_policy_that_throws_is_the_fault_of_that_one_exchange()
    {
        var fault = new InvalidOperationException("policy");
        Picked = _ => throw fault;
        var exchange = Host.NewExchange();
        Rig.Below.Pull();
        await Rig.Requests.PushAsync(exchange);

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        exchange.AnswerWithResult();
        Assert.Same(fault, (await exchange.Outcome).Exception);
        Picked = static _ => 0;
        var next = Host.NewExchange();
        await Rig.Requests.PushAsync(next);
        Assert.Same(next, await Rig.Below.ExpectPushAsync());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public async Task A_pick_out_of_range_is_the_fault_of_that_one_exchange(int pick)
    {
        Picked = _ => pick;
        var exchange = Host.NewExchange();
        Rig.Below.Pull();
        await Rig.Requests.PushAsync(exchange);

        Assert.Same(exchange, await Rig.Outcomes.PullAsync());
        Assert.Equal(OutcomeKind.Fault, exchange.ResultKind);
        Assert.All(Directory.Current.All, status => Assert.Equal(0, status.Backend.InFlight));
    }

    [Fact]
    public async Task A_policy_that_throws_for_the_other_backend_ends_the_exchange()
    {
        Directory.Add(Options("c"));
        var down = await Rig.PassDownAsync(Host.NewExchange());
        Picked = static _ => throw new InvalidOperationException("policy");

        await ConnectFailsAsync(down);

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal(OutcomeKind.Fault, down.ResultKind);
        Assert.All(Directory.Current.All, status => Assert.Equal(0, status.Backend.InFlight));
    }

    [Fact]
    public async Task An_end_above_waits_for_those_who_may_still_go_to_another_backend()
    {
        var down = await Rig.PassDownAsync(Host.NewExchange());
        Rig.Requests.Complete();
        await Rig.Below.ExpectNoEndAsync();
        await ConnectFailsAsync(down);
        Assert.Same(down, await Rig.Below.PullAsync());

        await Rig.PassUpAsync(down);

        await Rig.Below.ExpectCompleteAsync();
        Rig.Results.Complete();
        await Rig.Outcomes.ExpectCompleteAsync();
    }

    [Fact]
    public async Task While_no_backend_has_room_it_pulls_nothing()
    {
        _directory = CreateDirectory(maxInFlight: 1);
        var one = await Rig.PassDownAsync(Host.NewExchange());
        var other = await Rig.PassDownAsync(Host.NewExchange());
        Assert.NotSame(one.Backend, other.Backend);
        Rig.Below.Pull();
        await Rig.Requests.ExpectNoPullAsync();

        await Rig.PassUpAsync(one);

        var next = Host.NewExchange();
        await Rig.Requests.PushAsync(next);
        Assert.Same(next, await Rig.Below.ExpectPushAsync());
        await Rig.Requests.ExpectNoPullAsync();
    }

    [Fact]
    public async Task Backend_that_is_added_or_gets_room_is_used_at_once()
    {
        _directory = CreateDirectory(maxInFlight: 1);
        await Rig.PassDownAsync(Host.NewExchange());
        await Rig.PassDownAsync(Host.NewExchange());
        Rig.Below.Pull();
        await Rig.Requests.ExpectNoPullAsync();

        Directory.Add(Options("c", maxInFlight: 1));

        var next = Host.NewExchange();
        await Rig.Requests.PushAsync(next);
        await Rig.Below.ExpectPushAsync();
        Assert.Equal("c", next.Backend!.Id);
    }

    [Fact]
    public async Task Whoever_came_when_the_last_room_was_taken_waits_for_it_and_may_leave()
    {
        _directory = CreateDirectory(maxInFlight: 1);
        var taken = await Rig.PassDownAsync(Host.NewExchange());
        Rig.Below.Pull();
        await Rig.Requests.ExpectPullAsync();
        var last = Directory.Current.All.Single(status => status.Backend.InFlight == 0).Backend;
        Assert.True(last.TryAssign(limit: 1, now: 0));
        var waiting = Host.NewExchange();
        await Rig.Requests.PushAsync(waiting);
        await Rig.Below.ExpectNoPushAsync();
        Rig.Requests.Complete();
        await Rig.Below.ExpectNoEndAsync();

        await Rig.PassUpAsync(taken);
        Assert.Same(waiting, await Rig.Below.ExpectPushAsync());
        Assert.Equal(1, waiting.Backend!.InFlight);
    }

    [Fact]
    public async Task Whoever_waits_for_the_one_backend_it_has_not_been_sent_to_keeps_nobody_from_the_others()
    {
        _directory = new BackendDirectory(Host.Time, unknownIsEligible: true);
        Directory.Add(Options("a"));
        Directory.Add(Options("b", maxInFlight: 1));
        var full = Directory.Current.All[1].Backend;
        Assert.True(full.TryAssign(limit: 1, now: 0));
        var failed = await Rig.PassDownAsync(Host.NewExchange());
        Assert.Equal("a", failed.Backend!.Id);
        await ConnectFailsAsync(failed);

        var next = await Rig.PassDownAsync(Host.NewExchange());
        Assert.Equal("a", next.Backend!.Id);
        full.Ended(BackendOutcome.Inconclusive, assignedAt: 0, now: 0);
        await Rig.PassUpAsync(next);
        Assert.Same(failed, await Rig.Below.PullAsync());
        Assert.Equal("b", failed.Backend!.Id);
    }

    [Fact]
    public async Task Room_that_an_orphan_leaves_is_used_at_once()
    {
        _directory = CreateDirectory(maxInFlight: 1);
        Assert.All(Directory.Current.All, static status => Assert.True(status.Backend.TryAssign(limit: 1, now: 0)));
        Rig.Below.Pull();
        await Rig.Requests.ExpectNoPullAsync();
        Directory.Current.All[0].Backend.Ended(BackendOutcome.Inconclusive, assignedAt: 0, now: 0);
        Directory.NotifyRoomFreed();
        var next = Host.NewExchange();
        await Rig.Requests.PushAsync(next);
        Assert.Same(next, await Rig.Below.ExpectPushAsync());
    }

    [Fact]
    public async Task Who_leaves_while_it_waits_for_room_is_given_up_at_once()
    {
        _directory = CreateDirectory(maxInFlight: 1);
        await Rig.PassDownAsync(Host.NewExchange());
        Rig.Below.Pull();
        await Rig.Requests.ExpectPullAsync();
        Assert.True(Directory.Current.All.Single(status => status.Backend.InFlight == 0).Backend.TryAssign(limit: 1, now: 0));
        var waiting = Host.NewExchange();
        await Rig.Requests.PushAsync(waiting);
        await Rig.Below.ExpectNoPushAsync();

        waiting.Abandon(RefusalReason.DeadlinePassed);

        Assert.Same(waiting, await Rig.Outcomes.PullAsync());
        Assert.Null(waiting.Backend);
    }

    int IBalancingPolicy.Pick(in PickContext context)
    {
        _picks++;
        return Picked(context.Candidates.Count);
    }

    private protected override Layer CreateLayer()
    {
        var policies = new Dictionary<string, Func<IBalancingPolicy>> { ["mine"] = () => this };
        var book = new PolicyBook(new BalancingOptions { Policy = "mine" }, policies, Directory, Host.Time, new Random(1));
        return new BalancingLayer(Directory, new BackendSelector(Directory, book, new Random(1)), Host.Time, nextVerdict: TimeSpan.FromSeconds(5));
    }

    private static ProbeVerdict VerdictOf(BackendHealth health) => health switch
    {
        BackendHealth.Healthy => ProbeVerdict.Up,
        BackendHealth.Unhealthy => ProbeVerdict.Down,
        _ => ProbeVerdict.Unknown,
    };

    private static BackendOptions Options(string id, int maxInFlight = 0) =>
        new() { Id = id, Address = new Uri($"http://{id}.test"), MaxInFlight = maxInFlight };

    private BackendDirectory CreateDirectory(bool unknownIsEligible = true, int maxInFlight = 0)
    {
        var directory = new BackendDirectory(Host.Time, unknownIsEligible);
        directory.Add(Options("a", maxInFlight));
        directory.Add(Options("b", maxInFlight));
        return directory;
    }

    private async Task ConnectFailsAsync(Exchange exchange)
    {
        exchange.SetRefusal(RefusalReason.NoConnection);
        exchange.ConnectFailed = true;
        await Rig.Results.PushAsync(exchange);
    }

    public sealed class Plain() : BalancingStageTests(IslandMode.Plain);

    public sealed class Fuzzed() : BalancingStageTests(IslandMode.Fuzzed);
}
