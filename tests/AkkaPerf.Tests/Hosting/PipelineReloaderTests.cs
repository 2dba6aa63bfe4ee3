using Akka.Actor;
using Akka.Hosting;
using Akka.Streams;
using Akka.Streams.Dsl;
using AkkaPerf.Exchanges;
using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AkkaPerf.Tests.Hosting;

/// <summary>Pipelines that are made what another configuration says while they run.</summary>
public sealed class PipelineReloaderTests : IAsyncLifetime
{
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IHost _host = null!;

    private PipelineReloader Reloader => _host.Services.GetRequiredService<PipelineReloader>();

    private IRequestPipeline<int, string> Pipeline => _host.Services.GetRequiredKeyedService<IRequestPipeline<int, string>>("shop");

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAkkaPerf();
        builder.Services.AddAkka("test", (akka, _) => akka.AddHocon("akka.loglevel = OFF", HoconAddMode.Append).WithPipeline(Blueprint("first")));
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async Task DisposeAsync()
    {
        _goOn.TrySetResult();
        await _host.StopAsync();
        _host.Dispose();
    }

    [Fact]
    public async Task What_is_the_same_changes_nothing() => Assert.Empty(await ApplyAsync("", "first"));

    [Fact]
    public async Task Permits_queue_and_policy_change_in_place()
    {
        await Pipeline.SendAsync(1);
        var said = await ApplyAsync("throttle { concurrency = 7, queue = 3 }\nbalancing.policy = random", "first");

        Assert.Equal(["pipeline shop: throttle.concurrency, throttle.queue, balancing.policy"], said);
        Assert.Equal(7, Pipeline.Describe().Permits.Limit);
        Assert.Equal("random", Pipeline.Backends!.Policy);
        Assert.Equal(1, Pipeline.Describe().Answered);
        Assert.Empty(await ApplyAsync("throttle { concurrency = 7, queue = 3 }\nbalancing.policy = random", "first"));
    }

    [Fact]
    public async Task Places_that_a_reload_adds_are_taken_by_those_who_wait_at_the_door()
    {
        const string Small = "ingress.when-full = wait\nthrottle { concurrency = 1, queue = 1 }";
        await ApplyAsync(Small, "first");
        var asked = new List<Task<string>>();
        foreach (var id in new[] { -1, 2, 3 })
        {
            asked.Add(Pipeline.SendAsync(id).AsTask());
            await Patience.UntilAsync(
                () => Pipeline.Describe() is { Permits.InUse: 1 } now && now.Waiting.Room + now.Waiting.Door == asked.Count - 1, () => "it waits", CancellationToken.None);
        }

        Assert.Equal((1, 1), (Pipeline.Describe().Waiting.Room, Pipeline.Describe().Waiting.Door));
        Assert.Equal(["pipeline shop: throttle.queue"], await ApplyAsync(Small.Replace("queue = 1", "queue = 2", StringComparison.Ordinal), "first"));

        await Patience.UntilAsync(
            () => Pipeline.Describe().Waiting is { Room: 2, Door: 0 }, () => $"both wait in the room: {Pipeline.Describe().Waiting}", CancellationToken.None);
        _goOn.SetResult();
        Assert.Equal(["first -1", "first 2", "first 3"], await Task.WhenAll(asked));
    }

    [Fact]
    public async Task Backends_change_in_place()
    {
        var said = await ApplyAsync("backends = [{ id = a, address = \"tcp://a:1\" }, { id = b, address = \"tcp://b:1\", weight = 3 }]", "first");

        Assert.Equal(["pipeline shop: backends"], said);
        Assert.Equal([("a", 1), ("b", 3)], Pipeline.Describe().Backends.Select(backend => (backend.Id, backend.Weight)));
    }

    [Fact]
    public async Task Anything_else_starts_a_pipeline_anew_and_the_old_one_finishes()
    {
        var running = Pipeline.SendAsync(-1).AsTask();
        await Patience.UntilAsync(() => Pipeline.Describe().Permits.InUse == 1, () => "the handler runs", CancellationToken.None);

        var said = await ApplyAsync("timeout = 9s\ndrain-timeout = 0s", "second");

        Assert.Equal(["pipeline shop starts anew: timeout, drain-timeout"], said);
        Assert.Equal("second 2", await Pipeline.SendAsync(2));
        Assert.False(running.IsCompleted);
        _goOn.SetResult();
        Assert.Equal("first -1", await running);
    }

    [Fact]
    public async Task Code_that_has_changed_starts_it_anew_too()
    {
        Assert.Empty(await ApplyAsync("", "second"));
        Assert.Equal("first 1", await Pipeline.SendAsync(1));
        Assert.Equal(["pipeline shop starts anew"], await Reloader.ApplyAsync(Stack(""), [Blueprint("second")], name => name == "shop"));
        Assert.Equal("second 1", await Pipeline.SendAsync(1));
    }

    [Fact]
    public async Task Pipelines_come_and_go()
    {
        var other = _host.Services.GetRequiredKeyedService<IRequestPipeline<int, string>>("other");
        var isCalled = false;
        var said = await Reloader.ApplyAsync(
            Stack(""), [Blueprint("first"), Blueprint("other's", "other")], beforeRetiring: () => isCalled = _host.Services.GetRequiredService<IPipelines>().All.Count == 2);
        Assert.Equal(["pipeline other starts"], said);
        Assert.True(isCalled);
        Assert.Equal("other's 1", await other.SendAsync(1));

        Assert.Equal(["pipeline other retires"], await ApplyAsync("", "first"));

        // What still comes its way is answered until it has heard of it.
        await Patience.UntilAsync(() => other.Describe().State == PipelineState.Stopped, () => "it has retired", CancellationToken.None);
        Assert.Equal(RefusalReason.PipelineStopping, (await other.TrySendAsync(1)).Reason);
        Assert.Single(_host.Services.GetRequiredService<IPipelines>().All);
    }

    [Fact]
    public async Task What_is_injected_without_a_name_stays_with_its_pipeline_when_another_of_its_types_comes()
    {
        var unnamed = _host.Services.GetRequiredService<IRequestPipeline<int, string>>();
        Assert.Equal("first 1", await unnamed.SendAsync(1));
        await Reloader.ApplyAsync(Stack("timeout = 9s"), [Blueprint("second"), Blueprint("other's", "other")]);
        Assert.Equal("second 1", await unnamed.SendAsync(1));
    }

    [Fact]
    public async Task One_that_a_reload_took_away_is_no_longer_missed_by_health_checks()
    {
        var system = _host.Services.GetRequiredService<ActorSystem>();
        Assert.Equal(HealthStatus.Healthy, PipelineHealth.Check(system, "shop").Status);
        await Reloader.ApplyAsync(new ConfigurationStack([ConfigurationSource.Reference]), [Blueprint("other's", "other")]);

        var check = PipelineHealth.Check(system, "shop");
        Assert.Equal((HealthStatus.Healthy, "Pipeline shop has retired."), (check.Status, check.Description));
    }

    [Fact]
    public async Task Who_finds_the_door_of_one_with_a_successor_shut_is_not_counted_for_the_successor_answers()
    {
        var old = Find("shop");
        await ApplyAsync("timeout = 9s", "second");
        await Patience.UntilAsync(() => old.Describe().State == PipelineState.Stopped, () => "it has retired", CancellationToken.None);
        Assert.Equal(RefusalReason.PipelineStopping, (await old.TrySendAsync(1)).Reason);
        Assert.Equal(0, old.Describe().Refused[nameof(RefusalReason.PipelineStopping)]);

        // One that is taken away has none: the refusal stands.
        var last = Find("shop");
        await Reloader.ApplyAsync(new ConfigurationStack([ConfigurationSource.Reference]), [Blueprint("other's", "other")]);
        await Patience.UntilAsync(() => last.Describe().State == PipelineState.Stopped, () => "it has retired", CancellationToken.None);
        Assert.Equal(RefusalReason.PipelineStopping, (await last.TrySendAsync(1)).Reason);
        Assert.Equal(1, last.Describe().Refused[nameof(RefusalReason.PipelineStopping)]);

        IRequestPipeline<int, string> Find(string name) =>
            (IRequestPipeline<int, string>)_host.Services.GetRequiredService<IPipelines>().Find(name)!;
    }

    [Fact]
    public async Task A_faulty_configuration_changes_nothing_and_names_every_fault()
    {
        var thrown = await Assert.ThrowsAsync<InvalidConfigurationException>(() => ApplyAsync("throttle.concurrency = 0\ntimeout = soon", "second"));

        Assert.Equal(["akkaperf.pipelines.shop.throttle.concurrency", "akkaperf.pipelines.shop.timeout"], thrown.Faults.Select(fault => fault.Path).Order());
        Assert.Equal("first 1", await Pipeline.SendAsync(1));
    }

    [Theory]
    [InlineData("reject")]
    [InlineData("wait")]
    public async Task Nobody_is_refused_while_one_takes_over_from_the_other(string whenFull)
    {
        await ApplyAsync($"ingress.when-full = {whenFull}", "number 0");
        using var stop = new CancellationTokenSource();
        var asked = new int[3];
        var asking = Enumerable.Range(0, asked.Length).Select(asker => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var outcome = await Pipeline.TrySendAsync(asker, CancellationToken.None);
                Assert.True(outcome.IsSuccess, outcome.ToString());
                await Pipeline.SendAsync(asker, CancellationToken.None);
                Assert.All(await Pipeline.SendBatchAsync([1, 2, 3], CancellationToken.None), outcome => Assert.True(outcome.IsSuccess, outcome.ToString()));
                Interlocked.Increment(ref asked[asker]);
            }
        })).ToArray();
        for (var i = 1; i <= 20; i++)
        {
            var before = asked.ToArray();
            await Patience.UntilAsync(
                () => asking.Any(one => one.IsFaulted) || Enumerable.Range(0, asked.Length).All(asker => Volatile.Read(ref asked[asker]) > before[asker]),
                () => "all have asked",
                CancellationToken.None);
            Assert.Equal([$"pipeline shop starts anew: timeout"], await ApplyAsync($"ingress.when-full = {whenFull}\ntimeout = {i}s", $"number {i}"));
        }

        await stop.CancelAsync();
        await Task.WhenAll(asking);
    }

    [Fact]
    public async Task Who_waits_at_the_door_of_the_old_one_is_answered()
    {
        const string Small = "ingress { capacity = 1, when-full = wait }";
        await ApplyAsync(Small, "first");
        var running = Pipeline.SendAsync(-1).AsTask();
        await Patience.UntilAsync(() => Pipeline.Describe().Permits.InUse == 1, () => "the handler runs", CancellationToken.None);
        var waiting = Pipeline.SendAsync(2).AsTask();
        await Patience.UntilAsync(() => Pipeline.Describe().Waiting.Door == 1, () => "the other one waits", CancellationToken.None);

        await ApplyAsync(Small + "\ntimeout = 9s", "second");
        Assert.Equal("second 3", await Pipeline.SendAsync(3));
        _goOn.SetResult();

        Assert.Equal("first -1", await running);
        Assert.Equal("first 2", await waiting);
    }

    [Fact]
    public async Task A_flow_goes_on_with_the_successor()
    {
        var (asked, answered) = Source.Queue<int>(4, OverflowStrategy.Backpressure)
            .Via(Pipeline.AsFlow(2))
            .ToMaterialized(Sink.Queue<Outcome<string>>(), Keep.Both)
            .Run(_host.Services.GetRequiredService<ActorSystem>().Materializer());
        await asked.OfferAsync(1);
        Assert.Equal("first 1", (await answered.PullAsync()).Value.Value);

        await ApplyAsync("timeout = 9s", "second");
        await asked.OfferAsync(2);

        Assert.Equal("second 2", (await answered.PullAsync()).Value.Value);
    }

    [Fact]
    public async Task The_end_waits_for_what_has_retired()
    {
        var running = Pipeline.SendAsync(-1).AsTask();
        await Patience.UntilAsync(() => Pipeline.Describe().Permits.InUse == 1, () => "the handler runs", CancellationToken.None);
        await ApplyAsync("timeout = 9s", "second");

        var stopped = _host.StopAsync();
        await Patience.UntilAsync(() => Pipeline.Describe().State == PipelineState.Stopped, () => "the new one has drained", CancellationToken.None);

        Assert.False(stopped.IsCompleted);
        _goOn.SetResult();
        Assert.Equal("first -1", await running);
        await stopped;
    }

    private static ConfigurationStack Stack(string hocon) =>
        new([ConfigurationSource.Reference, Given.Hocon($"akkaperf.pipelines.shop {{ {hocon} }}")]);

    private Task<IReadOnlyList<string>> ApplyAsync(string hocon, string says) => Reloader.ApplyAsync(Stack(hocon), [Blueprint(says)]);

    private PipelineBlueprint Blueprint(string says, string name = "shop") => PipelineBlueprint.Create<int, string>(name, pipeline => pipeline
        .Configure(options =>
        {
            options.Health.Enabled = false;
            options.Backends.Add(new() { Id = "a", Address = new Uri("tcp://a:1") });
        })
        .Handle(async (id, _) =>
        {
            if (id < 0)
            {
                await _goOn.Task;
            }

            return $"{says} {id}";
        }));
}
