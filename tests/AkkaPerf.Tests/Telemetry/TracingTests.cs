using System.Diagnostics;
using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Pipeline;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace AkkaPerf.Tests.Telemetry;

/// <summary>One span an exchange: what it says, whose child it is, and whose are its.</summary>
[Collection(nameof(Listened))]
public sealed class TracingTests : PipelineHarness
{
    private const string Name = "traced";
    private const string CallersName = "AkkaPerf.Tests.Callers";

    private static readonly ActivitySource Callers = new(CallersName);

    [Theory]
    [InlineData(DispatcherKind.Inline)]
    [InlineData(DispatcherKind.Pool)]
    public async Task An_exchange_is_one_span_with_its_stations(DispatcherKind dispatcher)
    {
        using var reader = new SpanReader(Name);
        Activity? seen = null;
        var pipeline = StartNamed<int, int>(
            builder => builder.ConnectWith(new FakeConnectionFactory()).Handle((id, _, _) =>
            {
                seen = Activity.Current;
                return Task.FromResult(id);
            }),
            options => options.Dispatcher = dispatcher);

        await InTime(pipeline.SendAsync(1).AsTask());

        var span = Assert.Single(reader.Ended);
        Assert.Same(span, seen);
        Assert.Equal(("akkaperf traced", ActivityKind.Client, ActivityStatusCode.Unset), (span.DisplayName, span.Kind, span.Status));
        Assert.Equal(Name, span.GetTagItem("akkaperf.pipeline"));
        Assert.Equal("answered", span.GetTagItem("akkaperf.outcome"));
        Assert.Equal("default", span.GetTagItem("akkaperf.backend"));
        Assert.Equal(
            ["akkaperf.throttling.permitted", "akkaperf.balancing.decided", "akkaperf.connections.waiting", "akkaperf.connections.granted"],
            span.Events.Select(static happened => happened.Name));
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task A_refresh_in_the_background_is_a_trace_of_its_own_linked_to_its_cause()
    {
        using var reader = new SpanReader(Name);
        var cause = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, isRemote: true);
        var pipeline = StartNamed<int, int>(
            builder => builder.CacheBy(static id => $"{id}").TraceBy(_ => cause).Handle((id, _) => Task.FromResult(id)),
            options =>
            {
                options.Cache.Ttl = TimeSpan.FromSeconds(10);
                options.Cache.Life.Jitter = 0;
                options.Cache.Stale.WhileRevalidate = TimeSpan.FromSeconds(10);
            });
        await InTime(pipeline.SendAsync(1).AsTask());
        Time.Advance(TimeSpan.FromSeconds(11));
        await InTime(pipeline.SendAsync(1).AsTask());
        await Until(() => reader.Ended.Count == 3);

        var refresh = Assert.Single(reader.Ended, static span => span.OperationName == "akkaperf traced refresh");
        Assert.Equal((default, "answered"), (refresh.ParentSpanId, refresh.GetTagItem("akkaperf.outcome")));
        Assert.Equal(cause.TraceId, Assert.Single(refresh.Links).Context.TraceId);
        Assert.NotEqual(cause.TraceId, refresh.TraceId);
        Assert.Null(Activity.Current);
    }

    [Theory]
    [InlineData(DispatcherKind.Inline)]
    [InlineData(DispatcherKind.Pool)]
    public async Task A_refresh_in_the_background_has_its_own_span_and_nothing_of_whoever_caused_it(DispatcherKind dispatcher)
    {
        using var reader = new SpanReader(Name);
        var ambient = new AsyncLocal<string?>();
        var seen = new List<(string? Ambient, Activity? Span)>();
        var pipeline = StartNamed<int, int>(
            builder => builder.CacheBy(static id => $"{id}").HandleExchange(
                async (id, _) =>
                {
                    lock (seen)
                    {
                        seen.Add((ambient.Value, Activity.Current));
                    }

                    await Task.Yield();
                    return id;
                },
                HandlerTraits.NonBlocking),
            options =>
            {
                options.Dispatcher = dispatcher;
                options.Cache.Ttl = TimeSpan.FromSeconds(10);
                options.Cache.Life.Jitter = 0;
                options.Cache.Stale.WhileRevalidate = TimeSpan.FromSeconds(10);
            });
        ambient.Value = "the caller's";
        await InTime(pipeline.SendAsync(1).AsTask());
        Time.Advance(TimeSpan.FromSeconds(11));
        await InTime(pipeline.SendAsync(1).AsTask());
        await Until(() => reader.Ended.Count == 3);

        var refresh = Assert.Single(reader.Ended, static span => span.OperationName == "akkaperf traced refresh");
        Assert.Equal("the caller's", seen[0].Ambient);
        Assert.Null(seen[1].Ambient);
        Assert.Same(refresh, seen[1].Span);
        Assert.Equal("the caller's", ambient.Value);
    }

    [Fact]
    public async Task It_is_the_child_of_its_callers_span_and_the_caller_keeps_its_own()
    {
        using var reader = new SpanReader(Name);
        using var callers = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == CallersName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(callers);
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var pipeline = StartNamed<int, int>(builder => builder.Handle((id, _) => id == 0 ? held.Task : Task.FromResult(id)));
        using var own = Callers.StartActivity("own")!;

        var waits = pipeline.SendAsync(0);
        Assert.Same(own, Activity.Current);
        await InTime(pipeline.SendAsync(1).AsTask());
        Assert.Same(own, Activity.Current);
        held.SetResult(0);
        await InTime(waits.AsTask());
        Assert.Same(own, Activity.Current);

        Assert.All(reader.Ended, span => Assert.Equal((own.SpanId, own.TraceId, ActivityKind.Internal), (span.ParentSpanId, span.TraceId, span.Kind)));
        Assert.Equal(2, reader.Ended.Count);
    }

    [Fact]
    public async Task Where_nothing_is_current_the_request_says_whose_child_it_is()
    {
        using var reader = new SpanReader(Name);
        var remote = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, "vendor=1", isRemote: true);
        var pipeline = StartNamed<int, int>(builder => builder
            .TraceBy(id => id switch { 0 => remote, 1 => default, _ => throw new InvalidOperationException("no trace") })
            .Handle((id, _) => Task.FromResult(id)));

        for (var id = 0; id < 3; id++)
        {
            await InTime(pipeline.SendAsync(id).AsTask());
        }

        Assert.Equal((remote.SpanId, "vendor=1", ActivityKind.Server), (reader.Ended[0].ParentSpanId, reader.Ended[0].TraceStateString, reader.Ended[0].Kind));
        Assert.All(reader.Ended.Skip(1), static span => Assert.Equal((default, ActivityKind.Internal), (span.ParentSpanId, span.Kind)));
    }

    [Fact]
    public async Task A_fault_is_an_error_with_its_exception()
    {
        using var reader = new SpanReader(Name);
        var pipeline = StartNamed<int, int>(builder => builder.Handle((_, _) => Task.FromException<int>(new InvalidOperationException("broken"))));

        await InTime(pipeline.TrySendAsync(1).AsTask());

        var span = Assert.Single(reader.Ended);
        Assert.Equal(("faulted", "System.InvalidOperationException"), (span.GetTagItem("akkaperf.outcome"), span.GetTagItem("error.type")));
        Assert.Equal((ActivityStatusCode.Error, "broken"), (span.Status, span.StatusDescription));
        Assert.Contains(span.Events, static happened => happened.Name == "exception");
    }

    [Fact]
    public async Task A_refusal_is_an_error_by_its_reason_but_a_cancellation_is_none()
    {
        using var reader = new SpanReader(Name);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pipeline = StartNamed<int, int>(
            builder => builder.Handle(async (_, token) =>
            {
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            }),
            options => (options.Throttle.Concurrency, options.Throttle.Queue) = (1, 0));
        using var cancelled = new CancellationTokenSource();
        var first = pipeline.TrySendAsync(1, cancelled.Token).AsTask();
        await InTime(started.Task);

        await InTime(pipeline.TrySendAsync(2).AsTask());
        await cancelled.CancelAsync();
        await InTime(first);

        Assert.Equal(
            [("queue_full", "queue_full", ActivityStatusCode.Error), ("cancelled", null, ActivityStatusCode.Unset)],
            reader.Ended.Select(static span => (span.GetTagItem("akkaperf.reason"), span.GetTagItem("error.type"), span.Status)));
    }

    [Fact]
    public async Task Who_joins_a_load_is_linked_to_its_leader()
    {
        using var reader = new SpanReader(Name);
        var held = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var pipeline = StartNamed<string, string>(builder => builder.CacheBy(static id => id).Handle((_, _) => held.Task));
        var leader = pipeline.SendAsync("a").AsTask();
        await Until(() => pipeline.Describe().Permits.InUse == 1);
        var follower = pipeline.SendAsync("a").AsTask();
        await Until(() => pipeline.Describe().Waiting.Joined == 1);
        held.SetResult("x");
        await InTime(leader);
        await InTime(follower);

        // And a hit has a span of its own.
        await InTime(pipeline.SendAsync("a").AsTask());

        Assert.Equal(3, reader.Ended.Count);
        var linked = Assert.Single(reader.Ended, static span => span.Links.Any());
        var led = Assert.Single(reader.Ended, static span => span.Events.Any(static happened => happened.Name == "akkaperf.throttling.permitted"));
        Assert.Equal(led.Context, Assert.Single(linked.Links).Context);
        Assert.Equal("akkaperf.caching.joined", Assert.Single(linked.Events).Name);
        Assert.Equal("akkaperf.caching.hit", Assert.Single(reader.Ended[2].Events).Name);
    }

    [Fact]
    public async Task Who_has_to_wait_for_a_permit_shows_it()
    {
        using var reader = new SpanReader(Name);
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var pipeline = StartNamed<int, int>(builder => builder.Handle((_, _) => held.Task), static options => options.Throttle.Concurrency = 1);
        var first = pipeline.SendAsync(1).AsTask();
        await Until(() => pipeline.Describe().Permits.InUse == 1);
        var second = pipeline.SendAsync(2).AsTask();
        await Until(() => pipeline.Describe().Waiting.Room == 1);
        held.SetResult(0);
        await InTime(first);
        await InTime(second);

        Assert.Equal(2, reader.Ended.Count);
        Assert.Equal(["akkaperf.throttling.waiting", "akkaperf.throttling.permitted", "akkaperf.connections.granted"], reader.Ended[1].Events.Select(static happened => happened.Name));
    }

    [Fact]
    public async Task The_second_level_and_a_further_try_are_stations_too()
    {
        using var reader = new SpanReader(Name);
        var tries = 0;
        var pipeline = StartNamed<string, string>(
            builder => builder
                .CacheBy(static id => id)
                .UseDistributed(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())))
                .RetryWhen(static _ => true)
                .ConnectWith(new FakeConnectionFactory())
                .Handle((id, _, _) => Interlocked.Increment(ref tries) == 1 ? throw new HttpRequestException("down") : Task.FromResult(id)),
            options =>
            {
                options.Retry.BackOff.Base = TimeSpan.Zero;
                options.Backends.Add(new BackendOptions { Id = "a", Address = new Uri("tcp://a:1") });
                options.Backends.Add(new BackendOptions { Id = "b", Address = new Uri("tcp://b:1") });
            });

        await InTime(pipeline.SendAsync("x").AsTask());

        var events = Assert.Single(reader.Ended).Events.ToArray();
        Assert.Equal(1, events.Count(static happened => happened.Name == "akkaperf.caching.looked_up"));
        Assert.Equal(1, events.Count(static happened => happened.Name == "akkaperf.retrying.retry"));
        var decisions = events.Where(static happened => happened.Name == "akkaperf.balancing.decided").ToArray();
        Assert.Equal(2, decisions.Length);
        var tags = decisions[0].Tags.ToDictionary();
        Assert.Equal("round-robin", tags["akkaperf.policy"]);
        Assert.Equal(["a: share 100, 0 in flight, 0 ms, failures 0", "b: share 100, 0 in flight, 0 ms, failures 0"], (string[])tags["akkaperf.candidates"]!);
        Assert.Empty((string[])tags["akkaperf.excluded"]!);
        Assert.Contains(tags["akkaperf.backend"], new[] { "a", "b" });
    }

    [Fact]
    public async Task What_is_not_sampled_has_no_span()
    {
        using var reader = new SpanReader(Name, ActivitySamplingResult.None);
        Activity? seen = null;
        var pipeline = StartNamed<int, int>(builder => builder.Handle((id, _) =>
        {
            seen = Activity.Current;
            return Task.FromResult(id);
        }));

        await InTime(pipeline.SendAsync(1).AsTask());

        Assert.Empty(reader.Ended);
        Assert.Null(seen);
    }

    [Fact]
    public async Task Every_request_of_a_batch_has_its_span_and_the_deadline_ends_one()
    {
        using var reader = new SpanReader(Name);
        var started = 0;
        var pipeline = StartNamed<int, int>(builder => builder.Handle(async (id, token) =>
        {
            Interlocked.Increment(ref started);
            if (id == 2)
            {
                await Task.Delay(Timeout.Infinite, token);
            }

            return id;
        }));
        var batch = pipeline.SendBatchAsync([1, 2, 3]);
        await Until(() => Volatile.Read(ref started) == 3 && reader.Ended.Count == 2);
        Time.Advance(TimeSpan.FromMinutes(1));
        await InTime(batch);

        Assert.Equal(3, reader.Ended.Count);
        Assert.Equal("deadline_passed", reader.Ended[2].GetTagItem("akkaperf.reason"));
        Assert.Null(Activity.Current);
    }

    private RequestPipeline<TRequest, TResponse> StartNamed<TRequest, TResponse>(
        Action<PipelineBuilder<TRequest, TResponse>> build, Action<PipelineOptions>? configure = null)
    {
        var builder = new PipelineBuilder<TRequest, TResponse>();
        builder.UseTime(Time).UseRandom(new Random(1));
        build(builder);
        var options = new PipelineOptions();
        options.Health.Enabled = false;
        options.Balancing.Policy = "round-robin";
        configure?.Invoke(options);
        return PipelineStarter.Start(Actors, Name, options, builder.Build(Name)).Pipeline;
    }
}
