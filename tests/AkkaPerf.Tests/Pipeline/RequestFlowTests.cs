using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Pipeline;

public abstract class RequestFlowTests : IAsyncLifetime
{
    private readonly TestPipeline<int, string> _pipeline;
    private readonly FlowRig<int, Outcome<string>> _rig;
    private readonly List<(int Request, TaskCompletionSource<string> Handler, CancellationToken Token)> _handlers = [];

    protected RequestFlowTests(IslandMode mode)
    {
        _pipeline = TestPipeline.Start<int, string>(
            builder => builder.CacheBy(id => id < 0 ? throw new InvalidOperationException("key") : null).Handle(HandleAsync),
            options => options.Fuzzing = mode == IslandMode.Fuzzed);
        var pipeline = (RequestPipeline<int, string>)_pipeline.Pipeline;
        _rig = FlowRig<int, Outcome<string>>.Start(mode, new RequestFlowStage<int, string>("test", pipeline, parallelism: 2));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _rig.DisposeAsync();
        _handlers.ForEach(handler => handler.Handler.TrySetResult("over"));
        await _pipeline.AssertIdleAsync();
        await _pipeline.DisposeAsync();
    }

    [Fact]
    public async Task Takes_as_many_as_may_be_under_way_and_no_more()
    {
        await _rig.In.PushAsync(1);
        await _rig.In.PushAsync(2);
        await StartedAsync(2);

        await _rig.In.ExpectNoPullAsync();
        await _rig.Out.ExpectNoPushAsync();
    }

    [Fact]
    public async Task Emits_in_order_on_demand_and_then_takes_the_next()
    {
        await _rig.In.PushAsync(1);
        await _rig.In.PushAsync(2);
        await StartedAsync(2);
        End(2);
        _rig.Out.Pull();
        await _rig.Out.ExpectNoPushAsync();

        End(1);

        Assert.Equal("v1", (await _rig.Out.ExpectPushAsync()).Value);
        await _rig.In.ExpectPullAsync();
        await _rig.Out.ExpectNoPushAsync();
        Assert.Equal("v2", (await _rig.Out.PullAsync()).Value);
    }

    [Fact]
    public async Task A_failure_is_an_outcome_and_not_the_streams()
    {
        await _rig.In.PushAsync(-1);
        await _rig.In.PushAsync(2);
        await StartedAsync(1);
        _handlers[0].Handler.SetException(new InvalidOperationException("handler"));

        Assert.Equal("key", (await _rig.Out.PullAsync()).Exception!.Message);
        Assert.Equal("handler", (await _rig.Out.PullAsync()).Exception!.Message);
        await _rig.Out.ExpectNoEndAsync();
    }

    [Fact]
    public async Task After_the_end_above_what_is_under_way_is_still_emitted()
    {
        await _rig.In.PushAsync(1);
        await StartedAsync(1);
        _rig.In.Complete();
        await _rig.Out.ExpectNoEndAsync();

        End(1);

        Assert.Equal("v1", (await _rig.Out.PullAsync()).Value);
        await _rig.Out.ExpectCompleteAsync();
    }

    [Fact]
    public async Task An_end_above_without_anything_under_way_ends_it()
    {
        _rig.In.Complete();

        await _rig.Out.ExpectCompleteAsync();
    }

    [Fact]
    public async Task A_cancellation_cancels_what_is_under_way()
    {
        await _rig.In.PushAsync(1);
        await StartedAsync(1);

        _rig.Out.Cancel();

        await _rig.In.ExpectCancelAsync();
        await _pipeline.UntilAsync(() => _handlers[0].Token.IsCancellationRequested, "the handler to be cancelled");
    }

    [Fact]
    public async Task A_failure_above_fails_what_is_below_and_cancels_what_is_under_way()
    {
        await _rig.In.PushAsync(1);
        await StartedAsync(1);
        var failure = new InvalidOperationException("above");

        _rig.In.Fail(failure);

        Assert.Same(failure, await _rig.Out.ExpectFailureAsync());
        await _pipeline.UntilAsync(() => _handlers[0].Token.IsCancellationRequested, "the handler to be cancelled");
    }

    [Fact]
    public async Task An_abrupt_stop_cancels_what_is_under_way()
    {
        await _rig.In.PushAsync(1);
        await StartedAsync(1);

        await _rig.StopAbruptlyAsync();

        await _pipeline.UntilAsync(() => _handlers[0].Token.IsCancellationRequested, "the handler to be cancelled");
    }

    private Task<string> HandleAsync(int request, CancellationToken token)
    {
        var handler = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_handlers)
        {
            _handlers.Add((request, handler, token));
        }

        return handler.Task;
    }

    private Task StartedAsync(int count) => _pipeline.UntilAsync(
        () =>
        {
            lock (_handlers)
            {
                return _handlers.Count == count;
            }
        },
        $"{count} handlers to have started");

    private void End(int request) => _handlers.Single(handler => handler.Request == request).Handler.SetResult($"v{request}");

    public sealed class Plain() : RequestFlowTests(IslandMode.Plain);

    public sealed class Fuzzed() : RequestFlowTests(IslandMode.Fuzzed);
}
