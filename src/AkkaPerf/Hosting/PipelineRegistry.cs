using System.Collections.Immutable;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>The started pipelines of one container; what is injected forwards to it.</summary>
internal sealed class PipelineRegistry : IPipelines
{
    private ImmutableList<IRequestPipeline> _all = [];
    private volatile bool _isStopping;

    public IReadOnlyList<IRequestPipeline> All => _all;

    public bool IsStopping => _isStopping;

    public bool IsReady => !_isStopping && _all.Count > 0 && _all.All(pipeline => pipeline.Describe().IsReady);

    public IRequestPipeline? Find(string name) => _all.Find(pipeline => pipeline.Name == name);

    public void Add(IRequestPipeline pipeline) => ImmutableInterlocked.Update(ref _all, static (all, added) => all.Add(added), pipeline);

    public void BeginStopping() => _isStopping = true;

    /// <summary>Finds the pipeline of these types, by its name where several have them.</summary>
    /// <exception cref="InvalidOperationException">There is none, or there are several and no name is given.</exception>
    public IRequestPipeline<TRequest, TResponse> Get<TRequest, TResponse>(string? name)
    {
        var candidates = _all.OfType<IRequestPipeline<TRequest, TResponse>>().Where(pipeline => name is null || pipeline.Name == name).ToArray();
        var types = $"IRequestPipeline<{typeof(TRequest).Name}, {typeof(TResponse).Name}>";
        return candidates switch
        {
            [var only] => only,
            [] => throw new InvalidOperationException(
                $"There is no {types}{(name is null ? "" : $" named '{name}'")}. Running are: {Names(_all)}. " +
                "Define it with WithPipeline(…) inside AddAkka(…); it runs once the host has started."),
            _ => throw new InvalidOperationException(
                $"Several pipelines are {types}: {Names(candidates)}. Ask for one by its name, as with [FromKeyedServices(\"{candidates[0].Name}\")]."),
        };
    }

    private static string Names(IEnumerable<IRequestPipeline> pipelines)
    {
        var names = string.Join(", ", pipelines.Select(pipeline => $"'{pipeline.Name}'"));
        return names.Length == 0 ? "none" : names;
    }
}
