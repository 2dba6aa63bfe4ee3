using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Loads that others wait for while their key changes.</summary>
public sealed class FollowedLoadTests : PipelineHarness
{
    private readonly List<TaskCompletionSource<int>> _loads = [];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_joined_after_a_tag_was_removed_does_not_get_what_was_loaded_before(bool isFast)
    {
        var (pipeline, runtime) = await StartAsync();
        var asked = isFast ? pipeline.TrySendAsync(1).AsTask() : SendThroughStreamAsync(pipeline, 1);
        await UntilLoadsAsync(1);
        var before = pipeline.TrySendAsync(1).AsTask();
        await Until(() => runtime.Describe().Waiting.Joined == 1);
        await pipeline.Cache!.RemoveByTagAsync("tag");
        var after = new[] { pipeline.TrySendAsync(1).AsTask(), pipeline.TrySendAsync(1).AsTask() };
        await Until(() => runtime.Describe().Waiting.Joined == 3);

        _loads[0].SetResult(10);
        Assert.Equal((10, 10), ((await InTime(asked)).Value, (await InTime(before)).Value));
        await UntilLoadsAsync(2);
        Assert.DoesNotContain(after, static answer => answer.IsCompleted);
        _loads[1].SetResult(20);

        Assert.All(await InTime(Task.WhenAll(after)), static outcome => Assert.Equal(20, outcome.Value));
        Assert.Equal(20, await pipeline.SendAsync(1));
        await AssertNothingHeld(runtime);
    }

    // Its answer cannot be shared: who waits for it goes on alone, which the layers below must still be there for.
    [Fact]
    public async Task A_drain_waits_for_those_who_wait_for_a_load_that_was_overtaken()
    {
        var (pipeline, runtime) = await StartAsync();
        var overtaken = SendThroughStreamAsync(pipeline, 1);
        await UntilLoadsAsync(1);
        var joined = pipeline.TrySendAsync(1).AsTask();
        await Until(() => runtime.Describe().Waiting.Joined == 1);
        await pipeline.Cache!.RemoveAsync(1);
        var late = pipeline.TrySendAsync(1).AsTask();
        await UntilLoadsAsync(2);
        var drain = pipeline.DrainAsync();
        await Until(() => runtime.Describe().State == PipelineState.Draining);

        _loads[1].SetResult(20);
        Assert.Equal(20, (await InTime(late)).Value);
        _loads[0].SetResult(-10);
        Assert.Equal(10, (await InTime(overtaken)).Value);
        await UntilLoadsAsync(3);
        _loads[2].SetResult(30);

        Assert.Equal(30, (await InTime(joined)).Value);
        await InTime(drain);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task A_drain_does_not_wait_for_a_load_that_was_displaced_and_that_nobody_joins_any_more()
    {
        using var cancellation = new CancellationTokenSource();
        var (pipeline, runtime) = await StartAsync();
        var displaced = pipeline.TrySendAsync(1).AsTask();
        var joined = pipeline.TrySendAsync(1, cancellation.Token).AsTask();
        await Until(() => runtime.Describe().Waiting.Joined == 1);
        var preload = pipeline.Cache!.PreloadAsync(1).AsTask();
        await UntilLoadsAsync(2);
        await cancellation.CancelAsync();
        Assert.Equal(RefusalReason.Cancelled, (await InTime(joined)).Reason);
        await Until(() => runtime.Describe().Waiting.Joined == 0);

        _loads[1].SetResult(20);
        await InTime(preload);
        _loads[0].SetResult(10);
        Assert.Equal(10, (await InTime(displaced)).Value);

        Assert.Equal(20, await pipeline.SendAsync(1));
        await InTime(pipeline.DrainAsync());
        await AssertNothingHeld(runtime);
    }

    private async Task<(RequestPipeline<int, int> Pipeline, PipelineRuntime Runtime)> StartAsync()
    {
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(static id => $"{id}", static (_, _) => ["tag"]).HandleExchange(HandleAsync));
        await Until(() => runtime.Core.Ingress.Epoch > 0);
        return (pipeline, runtime);
    }

    // What is less than zero is given early, and cannot be shared.
    private async ValueTask<int> HandleAsync(int id, IExchangeContext<int> context)
    {
        var load = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_loads)
        {
            _loads.Add(load);
        }

        var answer = await load.Task.ConfigureAwait(false);
        if (answer < 0)
        {
            context.TryAnswer(-answer);
        }

        return answer;
    }

    private Task UntilLoadsAsync(int count) => Until(() =>
    {
        lock (_loads)
        {
            return _loads.Count == count;
        }
    });

    private static async Task<Outcome<int>> SendThroughStreamAsync(RequestPipeline<int, int> pipeline, int request) => (await pipeline.SendBatchAsync([request]))[0];
}
