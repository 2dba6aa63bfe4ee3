using System.Collections.Immutable;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>The started pipelines of one container; what is injected forwards to it.</summary>
internal sealed class PipelineRegistry : IPipelines
{
    private ImmutableList<IRequestPipeline> _all = [];
    private ImmutableList<IRequestPipeline> _retiring = [];
    private volatile bool _isStopping;
    private int _version;

    public IReadOnlyList<IRequestPipeline> All => _all;

    public bool IsStopping => _isStopping;

    public bool IsReady => !_isStopping && Launcher is not null && _all.All(pipeline => pipeline.Describe().IsReady);

    public IRequestPipeline? Find(string name) => _all.Find(pipeline => pipeline.Name == name);

    /// <summary>What starts them; null until they have been started. Written by the start, once.</summary>
    public PipelineLauncher? Launcher { get; set; }

    /// <summary>Changes whenever a name leads to another pipeline than before.</summary>
    public int Version => Volatile.Read(ref _version);

    public void Add(IRequestPipeline pipeline)
    {
        (pipeline as ISucceededPipeline)?.Report();
        ImmutableInterlocked.Update(ref _all, static (all, added) => all.Add(added), pipeline);
        Interlocked.Increment(ref _version);
    }

    /// <summary>Lets a name lead to another pipeline, or to none; what is inside the old one is finished there.</summary>
    /// <exception cref="InvalidOperationException">The old one cannot retire.</exception>
    public void Replace(IRequestPipeline old, IRequestPipeline? successor)
    {
        if (old is not ISucceededPipeline retiring)
        {
            throw new InvalidOperationException($"The pipeline '{old.Name}' cannot be replaced.");
        }

        (successor as ISucceededPipeline)?.Report();
        ImmutableInterlocked.Update(ref _retiring, static (all, added) => all.RemoveAll(IsGone).Add(added), old);
        ImmutableInterlocked.Update(
            ref _all, static (all, change) => change.successor is null ? all.Remove(change.old) : all.Replace(change.old, change.successor), (old, successor));
        Interlocked.Increment(ref _version);
        _ = ForgetAsync(retiring.RetireAsync(successor is not null));
    }

    /// <summary>Ends a pipeline to which no name has ever led.</summary>
    public void Discard(IRequestPipeline started)
    {
        ImmutableInterlocked.Update(ref _retiring, static (all, added) => all.RemoveAll(IsGone).Add(added), started);
        _ = ForgetAsync(((ISucceededPipeline)started).RetireAsync(hasSuccessor: false));
    }

    /// <summary>Drains all of them, those that have been taken over from too.</summary>
    public Task DrainAsync() => Task.WhenAll(_all.Concat(_retiring).Select(pipeline => pipeline.DrainAsync()));

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

    private async Task ForgetAsync(Task retired)
    {
        try
        {
            await retired.ConfigureAwait(false);
        }
        finally
        {
            ImmutableInterlocked.Update(ref _retiring, static all => all.RemoveAll(IsGone));
        }
    }

    // One that has left streams open is drained at the end, with the others.
    private static bool IsGone(IRequestPipeline retired) => retired.Describe() is { State: PipelineState.Stopped, Streams: 0 };

    private static string Names(IEnumerable<IRequestPipeline> pipelines)
    {
        var names = string.Join(", ", pipelines.Select(pipeline => $"'{pipeline.Name}'"));
        return names.Length == 0 ? "none" : names;
    }
}
