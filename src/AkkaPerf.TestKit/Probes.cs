using Akka.Streams.Dsl;

namespace AkkaPerf.TestKit;

/// <summary>Ends of a stream that a test holds in its hands: nothing flows but what the test pushes and pulls.</summary>
public static class Probes
{
    /// <summary>A source that pushes what the test says, and tells of demand.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    public static Source<T, SourceProbe<T>> Source<T>() => Akka.Streams.Dsl.Source.FromGraph(new SourceProbeStage<T>());

    /// <summary>A sink that pulls when the test says, and tells of elements.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    public static Sink<T, SinkProbe<T>> Sink<T>() => Akka.Streams.Dsl.Sink.FromGraph(new SinkProbeStage<T>());
}
