using Akka.Actor;
using Akka.Streams;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Layers;

/// <summary>Where stages under test run; its end checks that all of them have stopped.</summary>
internal sealed class Island : IAsyncDisposable
{
    public Island(IslandMode mode)
    {
        System = ActorSystem.Create("island", $$"""
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            akka.actor.default-dispatcher.throughput = {{(mode == IslandMode.Fuzzed ? 1 : 30)}}
            akka.stream.materializer.debug.fuzzing-mode = {{(mode == IslandMode.Fuzzed ? "on" : "off")}}
            """);
        var settings = ActorMaterializerSettings.Create(System).WithFuzzingMode(mode == IslandMode.Fuzzed);
        Materializer = ActorMaterializer.Create(System, settings, "stages");
    }

    public ActorSystem System { get; }

    public ActorMaterializer Materializer { get; }

    /// <summary>Ends all streams without a word to their stages but PostStop.</summary>
    public async Task StopAbruptlyAsync()
    {
        Materializer.Shutdown();
        await Materializer.Supervisor.WatchAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        await StageLeakCheck.AssertAllStoppedAsync(Materializer);
        await System.Terminate();
    }
}
