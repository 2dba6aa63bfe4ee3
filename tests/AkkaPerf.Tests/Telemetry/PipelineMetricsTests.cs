using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using AkkaPerf.Backends;
using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Backends;
using AkkaPerf.Tests.Pipeline;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AkkaPerf.Tests.Telemetry;

/// <summary>What the meter says of pipelines, by name and tag.</summary>
public sealed class PipelineMetricsTests : PipelineHarness
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TestMeters _meters = new();

    public PipelineMetricsTests() =>
        Services = new ServiceCollection().AddSingleton<IMeterFactory>(_meters).AddAkkaPerf().BuildServiceProvider();

    [Fact]
    public async Task Every_instrument_has_its_name_and_its_closed_set_of_tags()
    {
        using var reader = new MeterReader(_meters);
        var (pipeline, _) = Start<string, string>(
            builder => builder
                .CacheBy(id => id)
                .UseDistributed(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())))
                .RetryWhen(static _ => true)
                .ConnectWith(new FakeConnectionFactory())
                .Handle((id, _, _) => id switch
                {
                    "bad" => Task.FromException<string>(new InvalidOperationException()),
                    "slow" => new TaskCompletionSource<string>().Task,
                    _ => Task.FromResult(id),
                }),
            options => options.Backends.Add(new BackendOptions { Id = "a", Address = new Uri("tcp://a:1") }));
        await InTime(pipeline.SendAsync("good").AsTask());
        await InTime(pipeline.TrySendAsync("bad").AsTask());
        using var cancelled = new CancellationTokenSource();
        var slow = pipeline.TrySendAsync("slow", cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await InTime(slow);
        await Until(() => reader.Recorded("akkaperf.connections.create_time{akkaperf.pipeline=test-1, akkaperf.backend=a}").Count > 0);

        var found = Describe(reader).ToArray();
        File.WriteAllLines(Beside("instruments.received.txt"), found);
        Assert.Equal(File.ReadAllLines(Beside("instruments.approved.txt")), found);
        File.Delete(Beside("instruments.received.txt"));
    }

    [Fact]
    public async Task Requests_are_counted_by_outcome_and_reason()
    {
        using var reader = new MeterReader(_meters);
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, _) = Start<int, int>(
            builder => builder.Handle((id, _) => id switch { 0 => held.Task, < 0 => throw new InvalidOperationException(), _ => Task.FromResult(id) }),
            options => (options.Throttle.Concurrency, options.Throttle.Queue) = (1, 0));
        await InTime(pipeline.SendAsync(1).AsTask());
        await InTime(pipeline.TrySendAsync(-1).AsTask());
        var waits = pipeline.SendAsync(0).AsTask();
        await Until(() => pipeline.Describe().Permits.InUse == 1);
        await InTime(pipeline.TrySendAsync(2).AsTask());

        var now = reader.Observe();
        Assert.Equal(1, now["akkaperf.requests{akkaperf.pipeline=test-1, akkaperf.outcome=answered}"]);
        Assert.Equal(1, now["akkaperf.requests{akkaperf.pipeline=test-1, akkaperf.outcome=faulted}"]);
        Assert.Equal(1, now["akkaperf.requests{akkaperf.pipeline=test-1, akkaperf.outcome=refused, akkaperf.reason=queue_full}"]);
        Assert.Equal(0, now["akkaperf.requests{akkaperf.pipeline=test-1, akkaperf.outcome=refused, akkaperf.reason=cancelled}"]);
        Assert.Equal(1, now["akkaperf.requests.active{akkaperf.pipeline=test-1}"]);
        Assert.Equal(1, now["akkaperf.throttling.permits.used{akkaperf.pipeline=test-1}"]);
        Assert.Equal(1, now["akkaperf.throttling.permits.limit{akkaperf.pipeline=test-1}"]);
        held.SetResult(0);
        await InTime(waits);
    }

    [Fact]
    public async Task Whoever_waits_is_counted_where_it_waits_and_who_was_left_behind_too()
    {
        using var reader = new MeterReader(_meters);
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.CacheBy(static id => $"{id}").Handle((_, _) => held.Task),
            options => options.Throttle.Concurrency = 1);
        Assert.Equal(0, reader.Observe("akkaperf.pipeline.restarts{akkaperf.pipeline=test-1}"));
        await Until(() => reader.Observe("akkaperf.pipeline.ready{akkaperf.pipeline=test-1}") > 0);
        var all = new List<Task>();
        foreach (var id in new[] { 1, 1, 1, 2, 3 })
        {
            all.Add(pipeline.TrySendAsync(id).AsTask());
        }

        await Until(() => Waiting("load") == 2 && Waiting("room") == 2);
        Assert.Equal((0, 0), (Waiting("door"), Waiting("connection")));
        await Until(() =>
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            return all.TrueForAll(static one => one.IsCompleted);
        });
        await Until(() => reader.Observe("akkaperf.requests.zombies{akkaperf.pipeline=test-1}") > 0 && Waiting("load") == 0 && Waiting("room") == 0);
        held.SetResult(0);
        await Until(() => reader.Observe("akkaperf.requests.zombies{akkaperf.pipeline=test-1}") == 0);

        Poison(runtime);
        await AdvanceUntilRunning(runtime);
        Assert.Equal(1, reader.Observe("akkaperf.pipeline.restarts{akkaperf.pipeline=test-1}"));
        await InTime(pipeline.DrainAsync());

        double Waiting(string place) => reader.Observe($"akkaperf.requests.waiting{{akkaperf.pipeline=test-1, akkaperf.place={place}}}");
    }

    [Fact]
    public async Task The_parts_of_a_request_are_what_the_clock_says()
    {
        using var reader = new MeterReader(_meters);
        var first = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var second = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var factory = new FakeConnectionFactory();
        factory.HoldOpens();
        var started = 0;
        var (pipeline, runtime) = StartConnected(
            factory,
            (id, _, _) =>
            {
                Volatile.Write(ref started, id);
                return id == 1 ? first.Task : second.Task;
            },
            options => options.Throttle.Concurrency = 1);
        var one = pipeline.SendAsync(1).AsTask();
        await Until(() => runtime.Core.Connections.Acquiring == 1);
        Time.Advance(Second);
        factory.ReleaseOpens();
        await Until(() => Volatile.Read(ref started) == 1);
        var two = pipeline.SendAsync(2).AsTask();
        await Until(() => runtime.Core.Throttling.Waiting == 1);
        Time.Advance(2 * Second);
        first.SetResult(1);
        await InTime(one);
        await Until(() => Volatile.Read(ref started) == 2);
        Time.Advance(3 * Second);
        second.SetResult(2);
        await InTime(two);
        await AssertNothingHeld(runtime);

        // The first one waited for its connection alone, or for the start, which took no time; the second one for a permit alone.
        Assert.Equal([2], Sorted("akkaperf.request.phase.duration{akkaperf.pipeline=test-1, akkaperf.phase=waiting}").Where(static value => value > 0));
        Assert.Equal([1], Sorted("akkaperf.request.phase.duration{akkaperf.pipeline=test-1, akkaperf.phase=connecting}"));
        Assert.Equal([2, 3], Sorted("akkaperf.request.phase.duration{akkaperf.pipeline=test-1, akkaperf.phase=backend, akkaperf.backend=default}"));
        Assert.Equal([3, 5], Sorted("akkaperf.request.duration{akkaperf.pipeline=test-1, akkaperf.outcome=answered}"));
        Assert.Equal([1], Sorted("akkaperf.connections.create_time{akkaperf.pipeline=test-1, akkaperf.backend=default}"));

        IEnumerable<double> Sorted(string series) => reader.Recorded(series).Order().Select(static value => Math.Round(value, 6));
    }

    [Fact]
    public async Task A_handler_without_a_backend_is_measured_too()
    {
        using var reader = new MeterReader(_meters);
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isRunning = false;
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((_, _) =>
        {
            Volatile.Write(ref isRunning, true);
            return held.Task;
        }));
        var sending = pipeline.SendAsync(1).AsTask();
        await Until(() => Volatile.Read(ref isRunning));
        Time.Advance(Second);
        held.SetResult(1);
        await InTime(sending);
        await AssertNothingHeld(runtime);

        Assert.Equal([1], reader.Recorded("akkaperf.request.phase.duration{akkaperf.pipeline=test-1, akkaperf.phase=backend}").Select(static value => Math.Round(value, 6)));
        Assert.Equal([1], reader.Recorded("akkaperf.request.duration{akkaperf.pipeline=test-1, akkaperf.outcome=answered}").Select(static value => Math.Round(value, 6)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_part_that_did_not_take_place_is_not_recorded(bool hasConnections)
    {
        using var reader = new MeterReader(_meters);
        var (pipeline, runtime) = hasConnections
            ? StartConnected(new FakeConnectionFactory(), static (id, _, _) => Task.FromResult(id))
            : Start<int, int>(static builder => builder.Handle(static (id, _) => Task.FromResult(id)));
        await InTime(pipeline.SendAsync(1).AsTask());
        await AssertNothingHeld(runtime);
        var before = Phases().Sum(series => reader.Recorded(series).Count);

        await InTime(pipeline.SendAsync(2).AsTask());
        await AssertNothingHeld(runtime);

        // There was a permit, and a connection if it needs one: that leaves its handler.
        Assert.Equal(1, Phases().Sum(series => reader.Recorded(series).Count) - before);
        Assert.Equal(2, Phases().Where(static series => series.Contains("phase=backend", StringComparison.Ordinal)).Sum(series => reader.Recorded(series).Count));

        IEnumerable<string> Phases() => reader.Series.Where(static series => series.StartsWith("akkaperf.request.phase.duration", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_never_gets_a_connection_has_spent_the_time_on_connecting()
    {
        using var reader = new MeterReader(_meters);
        var factory = new FakeConnectionFactory();
        factory.HoldOpens();
        var (pipeline, runtime) = StartConnected(factory, static (id, _, _) => Task.FromResult(id), static options => options.Connections.AcquireTimeout = Second);
        var sending = pipeline.TrySendAsync(1).AsTask();
        await Until(() => runtime.Core.Connections.Acquiring == 1);
        Time.Advance(Second);
        var outcome = await InTime(sending);
        await AssertNothingHeld(runtime);

        Assert.False(outcome.IsSuccess);
        Assert.Equal([1], reader.Recorded("akkaperf.request.phase.duration{akkaperf.pipeline=test-1, akkaperf.phase=connecting}").Select(static value => Math.Round(value, 6)));
    }

    [Fact]
    public void Ejections_are_counted_by_cause_and_the_state_shows()
    {
        using var reader = new MeterReader(_meters);
        var (_, runtime) = Start<int, int>(
            builder => builder.ConnectWith(new FakeConnectionFactory()).Handle((id, _, _) => Task.FromResult(id)),
            options =>
            {
                options.Backends.Add(new BackendOptions { Id = "a", Address = new Uri("tcp://a:1") });
                options.Backends.Add(new BackendOptions { Id = "b", Address = new Uri("tcp://b:1") });
            });
        var directory = runtime.Core.Directory!;
        Assert.True(directory.Eject(directory.Find("a")!, TransitionKind.ConsecutiveFailures, "five in a row"));

        var now = reader.Observe();
        Assert.Equal(1, now["akkaperf.backends.ejections{akkaperf.pipeline=test-1, akkaperf.cause=consecutive_failures}"]);
        Assert.Equal(1, now["akkaperf.backend.state{akkaperf.pipeline=test-1, akkaperf.backend=a, akkaperf.state=ejected}"]);
        Assert.Equal(0, now["akkaperf.backend.state{akkaperf.pipeline=test-1, akkaperf.backend=b, akkaperf.state=ejected}"]);
    }

    [Fact]
    public async Task A_pipeline_that_has_stopped_is_no_longer_reported()
    {
        using var reader = new MeterReader(_meters);
        var (pipeline, _) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)));
        await InTime(pipeline.SendAsync(1).AsTask());
        Assert.NotEmpty(reader.Observe());

        await InTime(pipeline.DrainAsync());

        Assert.Empty(reader.Observe());
    }

    [Fact]
    public async Task What_a_successor_takes_over_stays_counted()
    {
        using var reader = new MeterReader(_meters);
        var (old, _) = StartNamed("shop");
        await InTime(old.SendAsync(1).AsTask());
        var (next, _) = StartNamed("shop", "akkaperf-shop-2");
        await InTime(next.SendAsync(1).AsTask());
        const string Answered = "akkaperf.requests{akkaperf.pipeline=shop, akkaperf.outcome=answered}";
        Assert.Equal(2, reader.Observe(Answered));

        await InTime(old.RetireAsync());

        Assert.Equal(2, reader.Observe(Answered));
        Assert.Equal(256, reader.Observe("akkaperf.throttling.permits.limit{akkaperf.pipeline=shop}"));

        // Nobody of the name is left: one that is started later begins anew.
        await InTime(next.DrainAsync());
        var (third, _) = StartNamed("shop", "akkaperf-shop-3");
        await InTime(third.SendAsync(1).AsTask());
        Assert.Equal(1, reader.Observe(Answered));
    }

    [Fact]
    public async Task Two_of_one_name_have_the_younger_ones_limits_and_states_and_no_counter_falls_when_the_older_one_goes()
    {
        using var reader = new MeterReader(_meters);
        var (old, _) = StartConnected("akkaperf-shop-1");
        await InTime(old.SendAsync(1).AsTask());
        var (next, _) = StartConnected("akkaperf-shop-2");
        await InTime(next.SendAsync(1).AsTask());
        await InTime(next.SendAsync(1).AsTask());
        const string Opened = "akkaperf.connections.opened{akkaperf.pipeline=shop, akkaperf.backend=default}";
        Check();
        var drained = old.DrainAsync();
        await InTime(drained);
        Check();

        void Check()
        {
            var now = reader.Observe();
            Assert.Equal(256, now["akkaperf.throttling.permits.limit{akkaperf.pipeline=shop}"]);
            Assert.Equal(1024, now["akkaperf.throttling.queue.limit{akkaperf.pipeline=shop}"]);
            Assert.Equal(4096, now["akkaperf.requests.capacity{akkaperf.pipeline=shop}"]);
            Assert.Equal(64, now["akkaperf.connections.max{akkaperf.pipeline=shop, akkaperf.backend=default}"]);
            Assert.Equal(1, now["akkaperf.backend.state{akkaperf.pipeline=shop, akkaperf.backend=default, akkaperf.state=unknown}"]);
            Assert.Equal(2, now[Opened]);
        }

        (RequestPipeline<int, int> Pipeline, PipelineRuntime Runtime) StartConnected(string actor)
        {
            var builder = new PipelineBuilder<int, int>();
            builder.UseTime(Time).UseRandom(new Random(1)).ConnectWith(new FakeConnectionFactory()).Handle((id, _, _) => Task.FromResult(id));
            var options = new PipelineOptions();
            options.Health.Enabled = false;
            return PipelineStarter.Start(Actors, "shop", options, builder.Build("shop"), Services, actor);
        }
    }

    [Fact]
    public async Task Addresses_of_a_host_which_come_and_go_are_one_series_of_durations()
    {
        using var reader = new MeterReader(_meters);
        var resolver = new ScriptedResolver();
        resolver.Find("10.0.0.1", "10.0.0.2");
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.ResolveWith(resolver).ConnectWith(new FakeConnectionFactory()).Handle((id, _, _) => Task.FromResult(id)),
            static options =>
            {
                options.Balancing.Policy = "round-robin";
                options.Backends = [new BackendOptions { Id = "api", Address = new Uri("tcp://api.test:1"), Resolve = Second }];
            });
        await Until(() => runtime.Describe().Backends.Count == 2);
        Assert.All(await InTime(pipeline.SendBatchAsync([1, 2, 3, 4])), static outcome => Assert.True(outcome.IsSuccess));
        await AssertNothingHeld(runtime);

        Assert.Equal(4, reader.Recorded("akkaperf.request.phase.duration{akkaperf.pipeline=test-1, akkaperf.phase=backend, akkaperf.backend=api}").Count);
        Assert.NotEmpty(reader.Recorded("akkaperf.connections.create_time{akkaperf.pipeline=test-1, akkaperf.backend=api}"));
        Assert.DoesNotContain(reader.Series, static series => series.Contains("duration", StringComparison.Ordinal) && series.Contains("10.0.0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Streams_left_open_are_counted_until_they_end_whoever_has_stopped_and_once()
    {
        using var reader = new MeterReader(_meters);
        const string Active = "akkaperf.streams.active{akkaperf.pipeline=shop}";
        var streams = new Streams { Count = 2 };
        var old = StartLeaving("akkaperf-shop-1");
        Assert.Equal(2, reader.Observe(Active));
        var next = StartLeaving("akkaperf-shop-2");
        Assert.Equal(2, reader.Observe(Active));

        await InTime(old.RetireAsync());
        Assert.Equal(2, reader.Observe(Active));
        await InTime(next.RetireAsync());
        Assert.Equal(2, reader.Observe(Active));
        streams.Count = 0;
        Assert.Empty(reader.Observe());

        RequestPipeline<int, int> StartLeaving(string actor)
        {
            var builder = new PipelineBuilder<int, int>();
            builder.UseTime(Time).UseRandom(new Random(1)).LeavesOpen(streams).Handle((id, _) => Task.FromResult(id));
            return PipelineStarter.Start(Actors, "shop", new PipelineOptions(), builder.Build("shop"), Services, actor).Pipeline;
        }
    }

    [Fact]
    public async Task One_that_is_to_take_over_is_reported_once_it_does()
    {
        using var reader = new MeterReader(_meters);
        var registry = new PipelineRegistry();
        var builder = new PipelineBuilder<int, int>();
        builder.UseTime(Time).UseRandom(new Random(1)).Handle((id, _) => Task.FromResult(id));
        var (pipeline, _) = PipelineStarter.Start(Actors, "shop", new PipelineOptions(), builder.Build("shop"), Services, isReported: false);
        Assert.Empty(reader.Observe());

        registry.Add(pipeline);

        Assert.NotEmpty(reader.Observe());
        await InTime(pipeline.DrainAsync());
        Assert.Empty(reader.Observe());
    }

    private (RequestPipeline<int, int> Pipeline, PipelineRuntime Runtime) StartNamed(string name, string? actor = null)
    {
        var builder = new PipelineBuilder<int, int>();
        builder.UseTime(Time).UseRandom(new Random(1)).Handle((id, _) => Task.FromResult(id));
        return PipelineStarter.Start(Actors, name, new PipelineOptions(), builder.Build(name), Services, actor);
    }

    // Units and kinds stand beside the names, for they are part of what dashboards are built on.
    private static IEnumerable<string> Describe(MeterReader reader) =>
        reader.Instruments
            .Select(static instrument => $"{instrument.Name} {Kind(instrument)} {instrument.Unit}")
            .Order(StringComparer.Ordinal)
            .Concat(reader.Series);

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0];

    private static string Beside(string file, [CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, file);

    private sealed class Streams : IOpenStreams
    {
        public long Count { get; set; }

        public void End()
        {
            // They end by themselves.
        }
    }
}
