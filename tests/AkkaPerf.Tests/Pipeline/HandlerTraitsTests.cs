using AkkaPerf.Exchanges;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>What a handler's promises change, and what they must not.</summary>
public sealed class HandlerTraitsTests : PipelineHarness
{
    private const HandlerTraits All = HandlerTraits.NonBlocking | HandlerTraits.KeepsNoContext;

    [Fact]
    public async Task Handlers_that_end_at_once_one_letting_in_the_next_use_up_no_stack()
    {
        var goOn = new TaskCompletionSource();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.HandleExchange(
                async (id, _) =>
                {
                    if (id == 0)
                    {
                        await goOn.Task;
                    }

                    return id;
                },
                All),
            options =>
            {
                options.Throttle.Concurrency = 1;
                options.Throttle.Queue = 100_000;
                options.Ingress.Capacity = 100_000;
            });
        var sent = Enumerable.Range(0, 50_000).Select(id => pipeline.SendAsync(id).AsTask()).ToArray();

        goOn.SetResult();

        Assert.Equal(Enumerable.Range(0, 50_000), await InTime(Task.WhenAll(sent)));
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task What_another_thread_has_let_in_answers_its_own_caller_in_its_own_context()
    {
        var flows = new AsyncLocal<int>();
        var (pipeline, runtime) = Start<int, (int Id, int Flowed)>(builder => builder.HandleExchange(
            async (id, context) =>
            {
                var flowed = flows.Value;
                if (id % 3 == 0)
                {
                    await Task.Yield();
                }

                return id % 5 == 0 && context.TryAnswer((id, flowed)) ? (-1, -1) : (id, flowed);
            },
            All));

        await InTime(Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                var id = (worker * 10_000) + i;
                flows.Value = id;
                Assert.Equal((id, id), await pipeline.SendAsync(id));
            }
        }))));

        await AssertNothingHeld(runtime);
    }
}
