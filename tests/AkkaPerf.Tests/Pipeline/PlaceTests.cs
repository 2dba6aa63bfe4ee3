using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Pipeline;
using AkkaPerf.Tests.Ingress;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Whoever takes a place at the door gives it back, whatever goes wrong on the way to the island, and those who wait for the end hear of it.</summary>
public sealed class PlaceTests : PipelineHarness
{
    [Theory]
    [InlineData(WhenFull.Reject, false)]
    [InlineData(WhenFull.Reject, true)]
    [InlineData(WhenFull.Wait, false)]
    public async Task What_throws_behind_the_door_leaves_the_place_free_and_the_drain_short(WhenFull whenFull, bool waits)
    {
        var clock = new CallbackTimeProvider(Time);
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.UseTime(clock).Handle((id, _) => Task.FromResult(id)),
            options =>
            {
                options.Ingress.Capacity = 1;
                options.Ingress.WhenFull = whenFull;
            });
        await Until(() => runtime.Core.State == PipelineState.Running);
        var thread = Environment.CurrentManagedThreadId;
        clock.OnTimestamp = () => _ = Environment.CurrentManagedThreadId == thread ? throw new NotSupportedException() : 0;
        await Assert.ThrowsAsync<NotSupportedException>(() => waits ? pipeline.SendWaitingAsync(1, CancellationToken.None).AsTask() : pipeline.TrySendAsync(1).AsTask());
        clock.OnTimestamp = null;

        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        await AssertNothingHeld(runtime);
        await InTime(pipeline.DrainAsync());
    }

    [Fact]
    public async Task A_policy_that_cannot_say_what_a_request_is_makes_it_a_fault_that_holds_nothing()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.CacheWith(new Undecided()).Handle((id, _) => Task.FromResult(id)));

        Assert.IsType<NotSupportedException>((await pipeline.TrySendAsync(1)).Exception);
        await Assert.ThrowsAsync<NotSupportedException>(() => pipeline.SendAsync(1).AsTask());
        Assert.All(await pipeline.SendBatchAsync([1, 2]), static outcome => Assert.IsType<NotSupportedException>(outcome.Exception));

        Assert.Equal(4, runtime.Describe().Faulted);
        await AssertNothingHeld(runtime);
        await InTime(pipeline.DrainAsync());
    }

    [Fact]
    public async Task One_that_comes_while_no_island_will_ever_follow_ends_the_wait_for_it()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)));
        var core = runtime.Core;
        await Until(() => core.State == PipelineState.Running);
        Poison(runtime);
        await Until(() => core.Restarts == 1);

        Assert.True(core.Ingress.TryEnter());
        var retired = pipeline.RetireAsync();
        await Until(() => core.OrphanReturned is not null);
        var exchange = new ExchangeRoute<int, int>(static (id, _, _) => ValueTask.FromResult(id), levels: null, maxRetired: 0).Rent(core);
        (exchange.CountsInside, exchange.Epoch) = (true, core.Ingress.Epoch);
        exchange.Begin(1, key: null, deadline: long.MaxValue, isForCaller: true, CancellationToken.None);
        var outcome = exchange.Outcome;
        core.Ingress.Submit(exchange);

        Assert.Equal(RefusalReason.PipelineStopping, (await outcome).Reason);
        await InTime(retired);
    }

    [Fact]
    public async Task Who_turns_back_at_a_door_that_has_just_been_shut_tells_those_who_wait_for_the_end()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)));
        var core = runtime.Core;
        await Until(() => core.State == PipelineState.Running);
        var told = 0;
        core.OrphanReturned = () => told++;
        core.Door.Close(RefusalReason.PipelineStopping);

        Assert.False(core.Ingress.TryEnter());
        Assert.Equal(1, told);
        await InTime(pipeline.DrainAsync());
    }

    private sealed class Undecided : IStoringPolicy<int, int>
    {
        public IHybridCacheSerializer<int> Serializer => null!;

        public string? KeyOf(int request) => null;

        public CachingVerdict Judge(int request, int response) => CachingVerdict.Pass;

        public bool IsLoad(int request) => throw new NotSupportedException();
    }
}
