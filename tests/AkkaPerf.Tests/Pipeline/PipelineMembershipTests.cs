using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Health;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Backends;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Backends that come and go while a pipeline runs.</summary>
public sealed class PipelineMembershipTests : PipelineHarness
{
    private readonly ScriptedSource _source = new();

    [Fact]
    public async Task Until_its_source_has_spoken_a_pipeline_refuses_and_is_not_ready()
    {
        var (pipeline, runtime) = Start();
        Assert.Equal(RefusalReason.NoHealthyBackend, (await pipeline.TrySendAsync(1)).Reason);
        Assert.False(runtime.Describe().IsReady);

        _source.Say(Fleet.Options("a"));
        await Until(() => runtime.Describe().IsReady);
        Assert.Equal("a", await pipeline.SendAsync(1));
        Assert.Equal("a", Assert.Single(runtime.Describe().Backends).Id);
        await InTime(pipeline.DrainAsync());
    }

    [Fact]
    public async Task What_runs_on_a_removed_backend_ends_normally_then_its_connections_close()
    {
        var factory = new FakeConnectionFactory(Time);
        var held = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, runtime) = Start<int, string>(builder => builder
            .BackendsFrom(_source)
            .ConnectWith(factory)
            .HandleExchange((request, _, context) => request == 0 ? new ValueTask<string>(held.Task) : new ValueTask<string>(context.Backend!.Id)));
        _source.Say(Fleet.Options("a"));
        await Until(() => runtime.Describe().IsReady);
        var running = pipeline.SendAsync(0).AsTask();
        await Until(() => factory.OpenNow == 1 && runtime.Describe().Backends[0].Connections is { Leased: 1 });

        _source.Say(Fleet.Options("b"));
        await Until(() => runtime.Describe().Backends is [{ Id: "b" }]);
        Assert.Equal("b", await InTime(pipeline.SendAsync(1).AsTask()));
        Assert.False(running.IsCompleted);
        Assert.Equal(2, factory.OpenNow);

        held.SetResult("still a");
        Assert.Equal("still a", await InTime(running));
        await Until(() => factory.OpenNow == 1 && factory.Closed == 1);
        await AssertNothingHeld(runtime);
        await InTime(pipeline.DrainAsync());
    }

    [Fact]
    public async Task Under_load_no_exchange_is_lost_when_backends_change_in_its_midst()
    {
        const int Each = 200;
        var factory = new FakeConnectionFactory(Time);
        var calls = 0;
        var (pipeline, runtime) = Start<int, string>(
            builder => builder.BackendsFrom(_source).ConnectWith(factory).HandleExchange(async (_, _, context) =>
            {
                var call = Interlocked.Increment(ref calls);
                if (call % Each == Each / 2)
                {
                    _source.Say(Fleet.Options($"b{call / Each}"), Fleet.Options($"b{(call / Each) + 1}", weight: 1 + (call / Each % 3)));
                }

                await Task.Yield();
                return context.Backend!.Id;
            }),
            options => options.Throttle.Queue = 10_000);
        _source.Say(Fleet.Options("first"), Fleet.Options("b0"));
        await Until(() => runtime.Describe().IsReady);
        for (var round = 0; round < 30; round++)
        {
            var outcomes = await InTime(pipeline.SendBatchAsync(Enumerable.Range(0, Each).ToArray()));
            Assert.All(outcomes, outcome => Assert.True(outcome.IsSuccess, outcome.ToString()));
            await Until(() => pipeline.Backends!.Current.All.Any(status => status.Backend.Id == $"b{round + 1}"));
        }

        await AssertNothingHeld(runtime);
        Assert.Equal(0, runtime.Core.Directory!.InFlight());
        await InTime(pipeline.DrainAsync());
        await Until(() => factory.OpenNow == 0);
    }

    [Fact]
    public async Task A_configured_host_that_is_to_be_resolved_becomes_its_addresses_beside_the_others()
    {
        var resolver = new ScriptedResolver();
        resolver.Find("10.0.0.1", "10.0.0.2");
        var (pipeline, runtime) = Start<int, string>(
            builder => builder.ResolveWith(resolver).HandleExchange((_, context) => new ValueTask<string>(context.Backend!.Host)),
            options => options.Backends =
            [
                new BackendOptions { Id = "shop", Address = new Uri("http://shop.test"), Resolve = TimeSpan.FromSeconds(30), Weight = 2 },
                new BackendOptions { Id = "spare", Address = new Uri("http://spare.test"), Weight = 0 },
            ]);
        await Until(() => runtime.Describe().Backends.Count == 3);
        Assert.Equal(["shop-10.0.0.1", "shop-10.0.0.2", "spare"], runtime.Describe().Backends.Select(backend => backend.Id).Order());
        Assert.Equal("shop.test", await pipeline.SendAsync(1));
        await InTime(pipeline.DrainAsync());
    }

    [Fact]
    public async Task A_list_given_by_hand_is_applied_as_one()
    {
        var (pipeline, runtime) = Start();
        pipeline.Backends!.Apply([Fleet.Options("a"), Fleet.Options("b", weight: 0)]);
        Assert.Equal("a", await pipeline.SendAsync(1));
        pipeline.Backends.Apply([Fleet.Options("b")]);
        Assert.Equal("b", await pipeline.SendAsync(1));
        Assert.Equal((2, 1), (runtime.Describe().Transitions["Added"], runtime.Describe().Transitions["Removed"]));
        await InTime(pipeline.DrainAsync());
    }

    [Fact]
    public async Task The_snapshot_shows_transitions_and_panic_though_nothing_is_probed()
    {
        var (pipeline, runtime) = Start<int, string>(
            builder => builder.BackendsFrom(_source).HandleExchange((_, context) => new ValueTask<string>(context.Backend!.Id)),
            options => options.Health.Passive.MaxEjected = 1);
        _source.Say(Fleet.Options("a"), Fleet.Options("b"), Fleet.Options("c"));
        await Until(() => runtime.Describe().IsReady);
        Assert.True(pipeline.Backends!.Eject("a"));
        Assert.False(runtime.Describe().IsPanicking);
        Assert.True(pipeline.Backends.Eject("b"));
        var snapshot = runtime.Describe();
        Assert.True(snapshot.IsPanicking);
        Assert.Equal((3, 2, 0), (snapshot.Transitions["Added"], snapshot.Transitions["Manual"], snapshot.Transitions["Probe"]));
        await InTime(pipeline.DrainAsync());
    }

    [Fact]
    public async Task A_probe_that_the_configuration_names_counts_before_the_codes()
    {
        var (pipeline, runtime) = Start<int, string>(
            builder => builder.UseTime(TimeProvider.System).ProbeWith(new DelegateHealthProbe((_, _) => ValueTask.FromResult(true))).HandleExchange((_, _) => new ValueTask<string>("")),
            options =>
            {
                options.Health.Enabled = true;
                options.Health.Probe = ProbeKind.Grpc;
                options.Health.Timeout = TimeSpan.FromMinutes(1);
                options.Backends = [new BackendOptions { Id = "a", Address = new Uri("tcp://a.test:1") }];
            });

        // In real time, where its first probe comes within a second.
        await Until(() => runtime.Describe().Backends[0].State == BackendHealth.Unhealthy);
        Assert.Contains("cannot be probed by gRPC", runtime.Describe().Backends[0].Cause, StringComparison.Ordinal);
        await InTime(pipeline.DrainAsync());
    }

    [Fact]
    public async Task Pipelines_of_one_system_that_probe_the_same_share_what_is_answered_but_no_probe_of_ones_own()
    {
        var pipelines = new List<IRequestPipeline<int, string>>();
        Begin(static _ => { });
        Begin(static _ => { });
        Begin(static builder => builder.ProbeWith(new FakeHealthProbe()));

        await Until(() => SharedProbes.Of(Actors).MostAlike == 2);
        foreach (var pipeline in pipelines)
        {
            await InTime(pipeline.DrainAsync());
        }

        await Until(() => SharedProbes.Of(Actors).MostAlike == 0);

        void Begin(Action<PipelineBuilder<int, string>> change) => pipelines.Add(Start<int, string>(
            builder =>
            {
                change(builder);
                builder.HandleExchange((_, _) => new ValueTask<string>(""));
            },
            options =>
            {
                options.Health.Enabled = true;
                options.Backends = [new BackendOptions { Id = "a", Address = new Uri("http://a.test") }];
            }).Pipeline);
    }

    [Fact]
    public async Task A_stopped_pipeline_follows_no_more()
    {
        var (pipeline, runtime) = Start();
        _source.Say(Fleet.Options("a"));
        await Until(() => runtime.Describe().IsReady);
        await InTime(pipeline.DrainAsync());
        await Until(() => _source.IsOver);
    }

    private (RequestPipeline<int, string> Pipeline, PipelineRuntime Runtime) Start() =>
        Start<int, string>(builder => builder.BackendsFrom(_source).HandleExchange((_, context) => new ValueTask<string>(context.Backend!.Id)));
}
