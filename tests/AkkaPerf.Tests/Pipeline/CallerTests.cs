using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Callers' own threads: they run their handlers, never those of others for long, and never each other's continuations.</summary>
public sealed class CallerTests : PipelineHarness
{
    [Fact]
    public async Task Handler_of_an_idle_pipeline_runs_on_its_callers_thread()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((_, _) => ValueTask.FromResult(Environment.CurrentManagedThreadId)));
        await InTime(pipeline.SendAsync(0).AsTask());
        await AssertNothingHeld(runtime);

        var caller = 0;
        var handler = 0;
        await Until(() =>
        {
            // Another thread may still be at the end of its batch.
            caller = Environment.CurrentManagedThreadId;
            var sent = pipeline.SendAsync(1);
            handler = sent.IsCompletedSuccessfully ? sent.Result : 0;
            return caller == handler;
        });
    }

    [Fact]
    public async Task Blocking_handler_stalls_nobody_else()
    {
        using var gate = new ManualResetEventSlim();
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) =>
        {
            if (id < 0)
            {
                gate.Wait(CancellationToken.None);
            }

            return Task.FromResult(id);
        }));
        var blocked = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
            () => pipeline.SendAsync(-1).AsTask(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()).ToArray();
        await Until(() => runtime.Describe().Permits.InUse == 3);

        for (var i = 0; i < 5_000; i++)
        {
            Assert.Equal(i, await InTime(pipeline.SendAsync(i).AsTask()));
        }

        gate.Set();
        await InTime(Task.WhenAll(blocked));
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Blocking_continuation_stalls_nobody_else()
    {
        using var gate = new ManualResetEventSlim();
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) => id == 0 ? release.Task : Task.FromResult(id)));
        var blocked = BlockAsync();
        await Until(() => runtime.Describe().Permits.InUse == 1);
        var finished = Task.Run(() => release.SetResult(0));

        await InTime(finished);
        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        gate.Set();
        await InTime(blocked);

        async Task BlockAsync()
        {
            await pipeline.SendAsync(0).ConfigureAwait(false);
            gate.Wait();
        }
    }

    [Theory]
    [InlineData(DispatcherKind.Inline)]
    [InlineData(DispatcherKind.Pool)]
    public async Task Handlers_may_call_their_own_and_other_pipelines(DispatcherKind dispatcher)
    {
        RequestPipeline<int, int>? outer = null;
        var (inner, innerRuntime) = Start<int, int>(
            builder => builder.Handle((id, _) => ValueTask.FromResult(id + 1)), options => options.Dispatcher = dispatcher);
        (outer, var outerRuntime) = Start<int, int>(
            builder => builder.Handle(async (id, ct) => id == 0 ? 0 : await inner.SendAsync(0, ct) + await outer!.SendAsync(id - 1, ct)),
            options => options.Dispatcher = dispatcher);

        var sums = await InTime(Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => outer.SendAsync(20).AsTask()))));

        Assert.All(sums, sum => Assert.Equal(20, sum));
        await AssertNothingHeld(innerRuntime);
        await AssertNothingHeld(outerRuntime);
    }

    [Fact]
    public async Task Token_of_one_request_is_never_cancelled_for_another()
    {
        var wrong = 0;
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle(async (id, ct) =>
        {
            await Task.Yield();
            if (id % 2 == 0 && ct.IsCancellationRequested)
            {
                Interlocked.Increment(ref wrong);
            }

            return id;
        }));
        await InTime(Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (i % 2 == 0)
                {
                    Assert.Equal(i, await pipeline.SendAsync(i));
                    continue;
                }

                using var cancellation = new CancellationTokenSource();
                var sent = pipeline.TrySendAsync(i, cancellation.Token).AsTask();
                await cancellation.CancelAsync();
                var outcome = await sent;
                Assert.True(outcome.IsSuccess ? outcome.Value == i : outcome.Reason == RefusalReason.Cancelled);
            }
        }))));
        Assert.Equal(0, wrong);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Who_waits_for_a_backend_that_is_removed_goes_to_another()
    {
        var factory = new FakeConnectionFactory(Time);
        factory.HoldOpens();
        var (pipeline, runtime) = StartConnected(factory, (id, _, _) => Task.FromResult(id), options =>
        {
            options.Backends.Add(new() { Id = "a", Address = new Uri("tcp://a") });
            options.Backends.Add(new() { Id = "b", Address = new Uri("tcp://b") });
        });
        var sent = Enumerable.Range(0, 4).Select(id => pipeline.TrySendAsync(id).AsTask()).ToArray();
        await Until(() => runtime.Describe().Backends is { Count: 2 } backends && backends.All(backend => backend.Connections is { Waiting: 2 }));

        Assert.True(pipeline.Backends!.Remove("a"));
        await Until(() => runtime.Describe().Backends.Single().Connections is { Waiting: 4 });
        factory.ReleaseOpens();

        Assert.All(await InTime(Task.WhenAll(sent)), outcome => Assert.True(outcome.IsSuccess, outcome.ToString()));
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Failed_connect_goes_to_exactly_one_other_backend()
    {
        var factory = new FakeConnectionFactory(Time);
        factory.FailOpens();
        var (pipeline, runtime) = StartConnected(factory, (id, _, _) => Task.FromResult(id), options =>
        {
            foreach (var id in new[] { "a", "b", "c" })
            {
                options.Backends.Add(new() { Id = id, Address = new Uri("tcp://" + id) });
            }

            options.Connections.AcquireTimeout = TimeSpan.FromSeconds(1);
        });
        var sent = pipeline.TrySendAsync(1).AsTask();
        await Until(() => factory.OpensStarted >= 2);
        await Until(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            return sent.IsCompleted;
        });

        Assert.Equal(RefusalReason.NoConnection, (await sent).Reason);
        Assert.Equal(2, runtime.Core.Directory!.Current.All.Count(status => runtime.Core.Pools!.Find(status.Backend)!.Snapshot.LastConnectFailure is not null));
        await AssertNothingHeld(runtime);
    }
}
