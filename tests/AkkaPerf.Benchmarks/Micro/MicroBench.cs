using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>What contenders are made of, and its end.</summary>
internal sealed class MicroBench : IAsyncDisposable
{
    // More than a cache of ours holds by far: a key that comes again where that may be has been forgotten.
    public const int Keys = 1 << 22;

    private readonly Lazy<string[]> _keys = new(
        static () => [.. Enumerable.Range(0, Keys).Select(static i => string.Create(CultureInfo.InvariantCulture, $"product:{i}"))]);

    private readonly List<IDisposable> _owned = [];
    private int _pipelines;

    // That a full pipeline refuses is what is measured, not news.
    public ActorSystem System { get; } = ActorSystem.Create("micro", ConfigurationFactory.ParseString("akka.loglevel = ERROR"));

    public string KeyOf(int i) => _keys.Value[i & (Keys - 1)];

    public RequestPipeline<TRequest, TResponse> Start<TRequest, TResponse>(Action<PipelineBuilder<TRequest, TResponse>> define)
    {
        var builder = new PipelineBuilder<TRequest, TResponse>();
        define(builder);
        var options = new PipelineOptions();
        builder.Apply(options);
        var name = string.Create(CultureInfo.InvariantCulture, $"micro-{_pipelines++}");
        return PipelineStarter.Start(System, name, options, builder.Build(name)).Pipeline;
    }

    public T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    public async ValueTask DisposeAsync()
    {
        await System.Terminate();
        _owned.ForEach(static owned => owned.Dispose());
    }
}
