using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Connections;

public abstract class ConnectionsStageTests(IslandMode mode) : IAsyncLifetime
{
    private readonly StageHost _host = new();
    private readonly StubPool _pool = new();
    private readonly List<TaskCompletionSource<string>> _handlers = [];
    private FlowRig<Exchange, Exchange>? _rig;

    private bool HasPools { get; set; } = true;

    private FlowRig<Exchange, Exchange> Rig => _rig ??= FlowRig<Exchange, Exchange>.Start(
        mode, new ConnectionsStage(_host.Connections, HasPools ? _pool : null));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_rig is not null)
        {
            await _rig.DisposeAsync();
        }
    }

    [Fact]
    public async Task Never_holds_back_what_comes()
    {
        for (var i = 0; i < 100; i++)
        {
            await SendAsync();
        }

        await Rig.In.ExpectPullAsync();
        Assert.Equal((100, 100), (_pool.Waiting.Count, _host.Connections.Acquiring));
    }

    [Fact]
    public async Task Without_a_pool_the_handler_starts_at_once()
    {
        HasPools = false;
        var exchange = await SendAsync();

        Assert.Same(exchange, await Rig.Out.PullAsync());
        Assert.Equal(OutcomeKind.Value, exchange.ResultKind);
    }

    [Fact]
    public async Task With_a_lease_the_handler_starts_and_gives_it_back()
    {
        _host.Handler = (_, connection, _) => ValueTask.FromResult((string)connection!);
        var exchange = await SendAsync();
        await Rig.Out.ExpectNoPushAsync();
        var lease = new StubLease();

        ((ILeaseWaiter)exchange).Granted(lease);

        Assert.Same(exchange, await Rig.Out.PullAsync());
        exchange.AnswerWithResult();
        Assert.Equal("the connection", (await exchange.Outcome).Value);
        Assert.Equal([false], lease.Releases);
        Assert.Equal((ExchangePhase.OnIsland, 0), (exchange.Phase, _host.Connections.Acquiring));
    }

    [Fact]
    public async Task With_a_lease_at_hand_the_handler_starts_without_a_wait()
    {
        var lease = new StubLease();
        _pool.AtHand = lease;
        _host.Handler = (_, connection, _) => ValueTask.FromResult((string)connection!);
        var exchange = await SendAsync();

        Assert.Same(exchange, await Rig.Out.PullAsync());
        exchange.AnswerWithResult();
        Assert.Equal("the connection", (await exchange.Outcome).Value);
        Assert.Equal([false], lease.Releases);
        Assert.Empty(_pool.Waiting);
        Assert.Equal(0, _host.Connections.Acquiring);
    }

    [Fact]
    public async Task After_a_fault_the_connection_is_not_used_again()
    {
        _host.Handler = (_, _, _) => throw new InvalidOperationException("no");
        var exchange = await SendAsync();
        var lease = new StubLease();

        ((ILeaseWaiter)exchange).Granted(lease);

        Assert.Same(exchange, await Rig.Out.PullAsync());
        Assert.Equal(OutcomeKind.Fault, exchange.ResultKind);
        Assert.Equal([true], lease.Releases);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_lease_it_is_refused_with_the_cause(bool isConnectFailure)
    {
        var exchange = await SendAsync();
        var cause = new IOException("down");

        ((ILeaseWaiter)exchange).Refused(cause, isConnectFailure, retryAfter: TimeSpan.FromSeconds(3));

        Assert.Same(exchange, await Rig.Out.PullAsync());
        exchange.AnswerWithResult();
        var outcome = await exchange.Outcome;
        Assert.Equal(RefusalReason.NoConnection, outcome.Reason);
        Assert.Same(cause, outcome.Exception);
        Assert.Equal(TimeSpan.FromSeconds(3), outcome.RetryAfter);
        Assert.Equal(isConnectFailure, exchange.ConnectFailed);
    }

    [Fact]
    public async Task A_backend_that_is_gone_is_as_good_as_unreachable()
    {
        _pool.IsGone = true;
        var exchange = await SendAsync();

        Assert.Same(exchange, await Rig.Out.PullAsync());
        Assert.True(exchange.ConnectFailed);
    }

    [Fact]
    public async Task Who_gives_up_waiting_tells_the_pool_which_then_ends_the_wait()
    {
        var exchange = await SendAsync();
        exchange.Abandon(RefusalReason.Cancelled);
        await Rig.SettleAsync();
        Assert.Equal([exchange], _pool.Abandoned);

        // The pool may have been faster with a lease: it goes back unused.
        var lease = new StubLease();
        ((ILeaseWaiter)exchange).Granted(lease);

        Assert.Same(exchange, await Rig.Out.PullAsync());
        Assert.Equal([false], lease.Releases);
    }

    [Fact]
    public async Task Who_has_left_already_does_not_start()
    {
        var started = false;
        HasPools = false;
        _host.Handler = (_, _, _) =>
        {
            started = true;
            return ValueTask.FromResult("");
        };
        var exchange = _host.NewExchange();
        exchange.AnswerRefused(RefusalReason.Cancelled);
        await Rig.In.PushAsync(exchange);

        Assert.Same(exchange, await Rig.Out.PullAsync());
        Assert.False(started);
    }

    [Fact]
    public async Task Outcomes_wait_for_demand_and_go_one_for_each_pull()
    {
        HasPools = false;
        var exchanges = new HashSet<Exchange> { await SendAsync(), await SendAsync() };
        await Rig.Out.ExpectNoPushAsync();

        Assert.True(exchanges.Remove(await Rig.Out.PullAsync()));
        await Rig.Out.ExpectNoPushAsync();
        Assert.True(exchanges.Remove(await Rig.Out.PullAsync()));
    }

    [Fact]
    public async Task A_zombie_comes_back_when_its_handler_ends()
    {
        HoldHandlers();
        HasPools = false;
        var exchange = await SendAsync();
        exchange.IsZombie = true;
        _host.Counters.ZombieBorn();

        await EndHandlersAsync();

        Assert.Same(exchange, await Rig.Out.PullAsync());
        Assert.Equal((0, false), (_host.Counters.Zombies, exchange.IsZombie));
    }

    [Fact]
    public async Task An_end_above_waits_for_who_waits_and_who_runs()
    {
        HoldHandlers();
        var (waiting, running) = (await SendAsync(), await SendAsync());
        ((ILeaseWaiter)running).Granted(new StubLease());
        await Rig.SettleAsync();

        Rig.In.Complete();
        await Rig.Out.ExpectNoEndAsync();
        ((ILeaseWaiter)waiting).Refused(null, isConnectFailure: false, retryAfter: default);
        Assert.Same(waiting, await Rig.Out.PullAsync());
        await Rig.Out.ExpectNoEndAsync();
        await EndHandlersAsync();

        Assert.Same(running, await Rig.Out.PullAsync());
        await Rig.Out.ExpectCompleteAsync();
    }

    [Fact]
    public async Task A_failure_above_fails_what_is_above()
    {
        await SendAsync();
        var failure = new InvalidOperationException("bug");

        Rig.In.Fail(failure);

        Assert.Same(failure, await Rig.Out.ExpectFailureAsync());
    }

    [Fact]
    public async Task A_cancellation_cancels_what_is_above()
    {
        await SendAsync();

        Rig.Out.Cancel();

        await Rig.In.ExpectCancelAsync();
    }

    [Fact]
    public async Task A_stop_cancels_handlers_and_abandons_waits_and_the_next_stage_returns_them()
    {
        HoldHandlers();
        var (waiting, running) = (await SendAsync(), await SendAsync());
        ((ILeaseWaiter)running).Granted(new StubLease());
        await Rig.SettleAsync();
        await UntilStartedAsync(1);
        var token = running.CancellationToken;

        await Rig.StopAbruptlyAsync();

        Assert.Equal([waiting], _pool.Abandoned);
        Assert.Equal(RefusalReason.PipelineRestarting, (await waiting.Outcome).Reason);
        await WhenCancelledAsync(token);
        Assert.Equal(0, _host.Connections.Acquiring);
        Assert.Empty(_host.GivenBack);

        await using var next = FlowRig<Exchange, Exchange>.Start(mode, new ConnectionsStage(_host.Connections, _pool));
        ((ILeaseWaiter)waiting).Refused(null, isConnectFailure: false, retryAfter: default);
        await EndHandlersAsync();
        await WhenGivenBackAsync(2, next);
        next.Out.Pull();
        await next.Out.ExpectNoPushAsync();
    }

    [Fact]
    public async Task When_no_stage_will_come_any_more_whoever_reports_an_exchange_returns_it()
    {
        HoldHandlers();
        var (waiting, running) = (await SendAsync(), await SendAsync());
        var lease = new StubLease();
        ((ILeaseWaiter)running).Granted(lease);
        await Rig.SettleAsync();
        await UntilStartedAsync(1);
        await Rig.StopAbruptlyAsync();
        _host.Connections.Close();

        ((ILeaseWaiter)waiting).Refused(null, isConnectFailure: false, retryAfter: default);
        _handlers[0].SetResult("late");
        await TestKit.Patience.UntilAsync(() => _host.GivenBack.Count == 2, () => "both to be returned", default);

        Assert.Single(lease.Releases);
        Assert.All([waiting, running], exchange => Assert.Equal(ExchangePhase.Returned, exchange.Phase));
    }

    private void HoldHandlers() => _host.Handler = (_, _, _) =>
    {
        var held = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_handlers)
        {
            _handlers.Add(held);
        }

        return new ValueTask<string>(held.Task);
    };

    private Task UntilStartedAsync(int count) => TestKit.Patience.UntilAsync(() => Started == count, () => $"{count} handlers to start", default);

    private int Started
    {
        get
        {
            lock (_handlers)
            {
                return _handlers.Count;
            }
        }
    }

    private async Task EndHandlersAsync()
    {
        await UntilStartedAsync(1);
        _handlers.ForEach(handler => handler.TrySetResult("done"));
    }

    private Task WhenGivenBackAsync(int count, FlowRig<Exchange, Exchange> rig) => TestKit.Patience.UntilAsync(
        () => _host.GivenBack.Count == count && rig is not null, () => $"{count} exchanges to be given back", default);

    private static Task WhenCancelledAsync(CancellationToken token) =>
        TestKit.Patience.UntilAsync(() => token.IsCancellationRequested, () => "the handler to be cancelled", default);

    private async Task<Exchange<string, string>> SendAsync()
    {
        var exchange = _host.NewExchange();
        _pool.Backend.TryAssign(limit: 0, now: 0);
        exchange.Assign(_pool.Backend, now: 0);
        await Rig.In.PushAsync(exchange);
        await Rig.In.SettleAsync();
        return exchange;
    }

    public sealed class Plain() : ConnectionsStageTests(IslandMode.Plain);

    public sealed class Fuzzed() : ConnectionsStageTests(IslandMode.Fuzzed);

    private sealed class StubPool : IConnectionPools, IBackendPool
    {
        public Backend Backend { get; } = new("a", new Uri("http://a.test"));

        public bool IsGone { get; set; }

        public List<ILeaseWaiter> Waiting { get; } = [];

        public List<ILeaseWaiter> Abandoned { get; } = [];

        ConnectionPoolSnapshot IBackendPool.Snapshot => throw new NotSupportedException();

        public IBackendPool? Find(Backend backend) => IsGone ? null : this;

        bool IBackendPool.IsDead => false;

        /// <summary>What is lent at once; null lets everybody wait.</summary>
        public Lease? AtHand { get; set; }

        public Lease? TryAcquire(ILeaseWaiter waiter) => AtHand;

        public void Acquire(ILeaseWaiter waiter) => Waiting.Add(waiter);

        void IBackendPool.Abandoned(ILeaseWaiter waiter) => Abandoned.Add(waiter);

        void IBackendPool.ProbedUp() => throw new NotSupportedException();

        void IBackendPool.BackendIsBack() => throw new NotSupportedException();

        public void BackendIsBack(Backend backend) => throw new NotSupportedException();

        public void ApplyLimits() => throw new NotSupportedException();

        public IReadOnlyList<ConnectionPoolSnapshot> Snapshot() => [];

        public IReadOnlyDictionary<string, PoolTotals> Totals() => throw new NotSupportedException();

        public Task StopAsync(TimeSpan grace) => Task.CompletedTask;
    }

    private sealed class StubLease : Lease
    {
        public override Backend Backend => throw new NotSupportedException();

        public override object Connection => "the connection";

        public List<bool> Releases { get; } = [];

        public override void Release(bool isBroken) => Releases.Add(isBroken);
    }
}
