using Akka.Actor;
using Akka.Configuration;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Starts pipelines in virtual time and sees to it that they hold nothing in the end.</summary>
public abstract class PipelineHarness : IAsyncLifetime
{
    // Only a hanging test reaches it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // The supervisor's first one.
    private protected static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(200);

    private int _started;

    private protected PipelineHarness(bool fuzzing = false)
    {
        var hocon = "akka.loglevel = OFF, akka.stdout-loglevel = OFF, akka.stream.materializer.debug.fuzzing-mode = " + (fuzzing ? "on" : "off");
        Actors = ActorSystem.Create("pipelines", ConfigurationFactory.ParseString(hocon));
    }

    private protected ActorSystem Actors { get; }

    /// <summary>The application's container; null for none.</summary>
    private protected IServiceProvider? Services { get; init; }

    private protected FakeTimeProvider Time { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Actors.Terminate();

    private protected (RequestPipeline<TRequest, TResponse> Pipeline, PipelineRuntime Runtime) Start<TRequest, TResponse>(
        Action<PipelineBuilder<TRequest, TResponse>> build, Action<PipelineOptions>? configure = null)
    {
        var builder = new PipelineBuilder<TRequest, TResponse>();
        builder.UseTime(Time).UseRandom(new Random(1));
        build(builder);
        var options = new PipelineOptions();
        options.Health.Enabled = false;
        builder.Apply(options);
        configure?.Invoke(options);
        var name = "test-" + ++_started;
        return PipelineStarter.Start(Actors, name, options, builder.Build(name), Services);
    }

    private protected (RequestPipeline<int, int> Pipeline, PipelineRuntime Runtime) StartConnected(
        FakeConnectionFactory factory,
        Func<int, FakeConnection, CancellationToken, Task<int>> handle,
        Action<PipelineOptions>? configure = null) =>
        Start<int, int>(builder => builder.ConnectWith(factory).Handle(handle), configure);

    /// <summary>Waits for what no signal tells of.</summary>
    private protected static async Task Until(Func<bool> isTrue, Func<string>? state = null)
    {
        var start = Environment.TickCount64;
        while (!isTrue())
        {
            Assert.True(Environment.TickCount64 - start < Patience.TotalMilliseconds, "It never came true. " + state?.Invoke());
            await Task.Yield();
        }
    }

    /// <summary>Waits for a task, but not for ever.</summary>
    private protected static Task<T> InTime<T>(Task<T> task) => task.WaitAsync(Patience);

    private protected static Task InTime(Task task) => task.WaitAsync(Patience);

    /// <summary>Nothing is in flight, waiting, permitted, leased: whatever was taken has been given back, and not twice.</summary>
    private protected static async Task AssertNothingHeld(PipelineRuntime runtime)
    {
        await Until(() => IsEmpty(runtime.Describe()), () => Text(runtime.Describe()));
    }

    /// <summary>Makes the stream fail, in one of its stages.</summary>
    private protected static void Poison(PipelineRuntime runtime, int where = 0)
    {
        switch (where)
        {
            case 0:
                runtime.Core.Ingress.Submitted.Post(null!);
                break;
            case 1:
                runtime.Core.Caching.Unshared.Post(null!);
                break;
            default:
                runtime.Core.Connections.Ended.Post(null!);
                break;
        }
    }

    private protected async Task AdvanceUntilRunning(PipelineRuntime runtime, int restarts = 1) =>
        await Until(() =>
        {
            Time.Advance(BackOff);

            // Two looks: one that began before the failure may have counted the restart and still say that it runs.
            return runtime.Describe().Restarts >= restarts && runtime.Describe().State == PipelineState.Running;
        });

    private static bool IsEmpty(PipelineSnapshot snapshot) =>
        snapshot is { InFlight: 0, Zombies: 0, Permits.InUse: 0, Waiting: { Door: 0, Room: 0, Joined: 0, Connection: 0 } }
        && snapshot.Backends.All(backend => backend.InFlight == 0 && backend.Connections is null or { Leased: 0, Waiting: 0 });

    private protected static string Text(PipelineSnapshot snapshot) =>
        $"{snapshot} {snapshot.Waiting} {snapshot.Permits} {string.Join(' ', snapshot.Backends)}";
}
