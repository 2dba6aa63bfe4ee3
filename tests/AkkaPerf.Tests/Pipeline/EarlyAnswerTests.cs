using AkkaPerf.Exchanges;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Handlers that answer before they end.</summary>
public sealed class EarlyAnswerTests : PipelineHarness
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Failure_after_an_early_answer_costs_the_connection_and_counts_against_the_backend(bool isCached, bool fails)
    {
        var end = new TaskCompletionSource<int>();
        var factory = new FakeConnectionFactory(Time);
        var (pipeline, runtime) = Start<int, int>(builder =>
        {
            var connected = builder.ConnectWith(factory);
            if (isCached)
            {
                connected.CacheBy(_ => "key");
            }

            connected.HandleExchange(async (_, _, context) =>
            {
                Assert.True(context.TryAnswer(5));
                Assert.False(context.TryAnswer(6));
                return await end.Task;
            });
        });
        Assert.Equal(5, await InTime(pipeline.SendAsync(1).AsTask()));
        Assert.Equal(1, runtime.Describe().Permits.InUse);
        Assert.Equal(1, runtime.Describe().Backends[0].Connections!.Leased);

        if (fails)
        {
            end.SetException(new IOException("in the middle"));
        }
        else
        {
            end.SetResult(7);
        }

        await AssertNothingHeld(runtime);
        await Until(() => factory.Closed == (fails ? 1 : 0));
        Assert.Equal(fails ? (0, 1) : (1, 0), (runtime.Describe().Backends[0].Succeeded, runtime.Describe().Backends[0].Failed));
        Assert.Equal(1, runtime.Describe().Answered);
        Assert.Equal(0, runtime.Describe().Faulted);
    }

    [Fact]
    public async Task Followers_of_an_early_answer_go_their_own_way()
    {
        var answer = new TaskCompletionSource();
        var end = new TaskCompletionSource();
        var runs = 0;
        var (pipeline, runtime) = Start<int, int>(builder => builder.CacheBy(_ => "key").HandleExchange(async (id, context) =>
        {
            Interlocked.Increment(ref runs);
            await answer.Task;
            Assert.True(context.TryAnswer(id));
            await end.Task;
            return -1;
        }));
        var all = Enumerable.Range(0, 10).Select(id => pipeline.SendAsync(id).AsTask()).ToArray();
        await Until(() => runtime.Describe().Waiting.Joined == 9);

        answer.SetResult();

        Assert.Equal(Enumerable.Range(0, 10), await InTime(Task.WhenAll(all)));
        Assert.Equal(10, runs);
        Assert.Equal(10, runtime.Describe().Permits.InUse);
        end.SetResult();
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task What_a_handler_keeps_after_an_early_answer_is_for_the_next_who_ask()
    {
        var runs = 0;
        var (pipeline, runtime) = Start<int, string>(builder => builder.CacheBy(_ => "key").HandleExchange((_, context) =>
        {
            runs++;
            Assert.True(context.TryAnswer("early"));
            context.Keep("kept");
            return new ValueTask<string>("nobody's");
        }));
        Assert.Equal("early", await InTime(pipeline.SendAsync(1).AsTask()));
        await AssertNothingHeld(runtime);
        Assert.Equal("kept", await InTime(pipeline.SendAsync(1).AsTask()));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task What_was_removed_meanwhile_is_not_kept_after_an_early_answer()
    {
        var end = new TaskCompletionSource();
        var (pipeline, runtime) = Start<int, string>(builder => builder.CacheBy(_ => "key").HandleExchange(async (_, context) =>
        {
            Assert.True(context.TryAnswer("early"));
            await end.Task;
            context.Keep("outdated");
            return "nobody's";
        }));
        Assert.Equal("early", await InTime(pipeline.SendAsync(1).AsTask()));
        await InTime(pipeline.Cache!.RemoveAsync(1).AsTask());
        end.SetResult();
        await AssertNothingHeld(runtime);
        Assert.Equal(0, runtime.Describe().Cache!.Entries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_knows_how_long_its_caller_still_waits(bool isCached)
    {
        var left = new List<TimeSpan>();
        var (pipeline, runtime) = Start<int, int>(builder =>
        {
            if (isCached)
            {
                builder.CacheBy(_ => "key");
            }

            builder.HandleExchange((_, context) =>
            {
                left.Add(context.TimeLeft);
                Time.Advance(TimeSpan.FromSeconds(2));
                left.Add(context.TimeLeft);
                Time.Advance(TimeSpan.FromSeconds(2));
                left.Add(context.TimeLeft);
                return new ValueTask<int>(1);
            });
        });
        await InTime(pipeline.TrySendAsync(1, TimeSpan.FromSeconds(3)).AsTask());
        await AssertNothingHeld(runtime);
        Assert.Equal([TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), TimeSpan.Zero], left);
    }

    [Fact]
    public async Task Answer_after_the_caller_has_gone_is_the_handlers_to_release()
    {
        var goOn = new TaskCompletionSource();
        var taken = new TaskCompletionSource<bool>();
        IExchangeContext<int>? kept = null;
        var (pipeline, runtime) = Start<int, int>(builder => builder.HandleExchange(async (_, context) =>
        {
            kept = context;
            await goOn.Task;
            taken.SetResult(context.TryAnswer(1));
            return 2;
        }));
        using var cancellation = new CancellationTokenSource();
        var sent = pipeline.TrySendAsync(1, cancellation.Token).AsTask();
        await Until(() => kept is not null);
        await cancellation.CancelAsync();
        Assert.Equal(RefusalReason.Cancelled, (await InTime(sent)).Reason);

        goOn.SetResult();

        Assert.False(await InTime(taken.Task));
        await AssertNothingHeld(runtime);
        Assert.False(kept!.TryAnswer(3));
        Assert.True(kept.CancellationToken.IsCancellationRequested);
        Assert.Equal(1, runtime.Describe().Refused[nameof(RefusalReason.Cancelled)]);
    }

    [Fact]
    public async Task Context_kept_beyond_its_handler_touches_no_later_request()
    {
        var contexts = new List<IExchangeContext<int>>();
        var goOn = new TaskCompletionSource();
        var (pipeline, runtime) = Start<int, int>(builder => builder.HandleExchange(async (id, context) =>
        {
            contexts.Add(context);
            if (id == 1)
            {
                Assert.True(context.TryAnswer(1));
                return -1;
            }

            await goOn.Task;
            return id;
        }));
        Assert.Equal(1, await InTime(pipeline.SendAsync(1).AsTask()));
        await AssertNothingHeld(runtime);

        var later = pipeline.SendAsync(2).AsTask();
        await Until(() => contexts.Count == 2);

        Assert.False(contexts[0].TryAnswer(99));
        Assert.True(contexts[0].CancellationToken.IsCancellationRequested);
        Assert.False(contexts[1].CancellationToken.IsCancellationRequested);
        goOn.SetResult();
        Assert.Equal(2, await InTime(later));
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Contexts_answer_from_other_threads_while_their_handlers_end_and_nobody_gets_another_ones_answer()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.HandleExchange(async (id, context) =>
        {
            // Not awaited: it races with the handler's end.
            ThreadPool.UnsafeQueueUserWorkItem(static state => state.context.TryAnswer(state.id), (context, id), preferLocal: false);
            await Task.Yield();
            return id;
        }));

        await InTime(Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                var id = (worker * 5_000) + i;
                Assert.Equal(id, await pipeline.SendAsync(id));
            }
        }))));
        await AssertNothingHeld(runtime);
    }

    [Fact]
    public async Task Early_answers_race_with_leaving_callers_and_leak_nothing()
    {
        var released = 0;
        var answered = 0;
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(id => $"{id % 3}").HandleExchange(async (id, context) =>
            {
                await Task.Yield();
                if (context.TryAnswer(id))
                {
                    Interlocked.Increment(ref answered);
                }
                else
                {
                    Interlocked.Increment(ref released);
                }

                await Task.Yield();
                return -1;
            }),
            options => options.Throttle.Concurrency = 8);
        var got = 0;
        await InTime(Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 5_000; i++)
            {
                using var cancellation = new CancellationTokenSource();
                var sent = pipeline.TrySendAsync(i, cancellation.Token).AsTask();
                if (random.Next(2) == 0)
                {
                    await cancellation.CancelAsync();
                }

                var outcome = await sent;
                Assert.True(outcome.Reason is null or RefusalReason.Cancelled, outcome.ToString());
                if (outcome.IsSuccess)
                {
                    Assert.Equal(i, outcome.Value);
                    Interlocked.Increment(ref got);
                }
            }
        }))));
        await AssertNothingHeld(runtime);
        Assert.Equal(got, answered);
    }
}
