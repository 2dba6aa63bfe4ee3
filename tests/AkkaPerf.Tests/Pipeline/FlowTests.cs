using Akka.Streams;
using Akka.Streams.Dsl;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Many requests at once: batches and flows.</summary>
public sealed class FlowTests : PipelineHarness
{
    [Fact]
    public async Task Batch_larger_than_everything_gets_an_outcome_each_in_order()
    {
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle(async (id, _) =>
            {
                await Task.Yield();
                return id % 10 == 3 ? throw new InvalidDataException() : id;
            }),
            options =>
            {
                options.Ingress.Capacity = 4;
                options.Throttle.Concurrency = 2;
                options.Throttle.Queue = 0;
            });

        var outcomes = await InTime(pipeline.SendBatchAsync(Enumerable.Range(0, 1000).ToArray()));

        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(i % 10 == 3, outcomes[i].IsFaulted);
            Assert.True(i % 10 == 3 || outcomes[i].Value == i);
        }

        await AssertNothingHeld(runtime);
        Assert.Empty(await pipeline.SendBatchAsync([]));
    }

    [Fact]
    public async Task Cancelled_batch_ends_with_an_outcome_each()
    {
        var release = new TaskCompletionSource<int>();
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((_, _) => release.Task), options => options.Throttle.Concurrency = 3);
        using var cancellation = new CancellationTokenSource();
        var batch = pipeline.SendBatchAsync(Enumerable.Range(0, 100).ToArray(), cancellation.Token);
        await Until(() => runtime.Describe().Permits.InUse == 3);

        await cancellation.CancelAsync();

        Assert.All(await InTime(batch), outcome => Assert.Equal(RefusalReason.Cancelled, outcome.Reason));
        release.SetResult(1);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Flow_emits_outcomes_in_order_and_does_not_fail_for_a_fault()
    {
        var mostAtOnce = 0;
        var atOnce = 0;
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle(async (id, _) =>
        {
            var now = Interlocked.Increment(ref atOnce);
            InterlockedMax(ref mostAtOnce, now);
            await Task.Yield();
            Interlocked.Decrement(ref atOnce);
            return id % 10 == 3 ? throw new InvalidDataException() : id;
        }));
        using var materializer = ActorMaterializer.Create(Actors);

        var outcomes = await InTime(Source.From(Enumerable.Range(0, 2000)).Via(pipeline.AsFlow(4)).RunWith(Sink.Seq<Outcome<int>>(), materializer));

        Assert.Equal(2000, outcomes.Count);
        Assert.All(outcomes.Select((outcome, i) => (outcome, i)), item =>
            Assert.True(item.i % 10 == 3 ? item.outcome.IsFaulted : item.outcome.Value == item.i));
        Assert.InRange(mostAtOnce, 1, 4);
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Flow_that_nobody_reads_asks_for_no_more_than_its_parallelism()
    {
        var release = new TaskCompletionSource<int>();
        var taken = 0;
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((_, _) => release.Task));
        using var materializer = ActorMaterializer.Create(Actors);
        var kill = Source.From(Enumerable.Range(0, int.MaxValue))
            .Select(id =>
            {
                Interlocked.Increment(ref taken);
                return id;
            })
            .Via(pipeline.AsFlow(5))
            .ViaMaterialized(KillSwitches.Single<Outcome<int>>(), Keep.Right)
            .To(Sink.Ignore<Outcome<int>>())
            .Run(materializer);
        await Until(() => runtime.Describe().Permits.InUse == 5);
        Assert.Equal(5, taken);

        // Cancelling the stream cancels what is under way.
        kill.Shutdown();
        await Until(() => runtime.Describe().Zombies == 5);
        release.SetResult(1);
        await AssertNothingHeld(runtime);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
        {
            Interlocked.CompareExchange(ref target, value, seen);
        }
    }
}
