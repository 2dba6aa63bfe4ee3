using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>What another configuration makes of one pipeline.</summary>
internal sealed class PipelineChange
{
    private const string Backends = "backends";
    private const string Concurrency = "throttle.concurrency";
    private const string Queue = "throttle.queue";
    private const string Policy = "balancing.policy";
    private const string MaxPerBackend = "connections.max-per-backend";
    private const string MinIdle = "connections.min-idle";

    private static readonly string[] InPlace = [Backends, Concurrency, Queue, Policy, MaxPerBackend, MinIdle];

    private readonly PipelineBlueprint _blueprint;
    private readonly PipelineOptions _options;
    private readonly IRequestPipeline? _running;
    private readonly IReadOnlyList<string> _changed;
    private readonly bool _startsAnew;

    public PipelineChange(
        PipelineBlueprint blueprint, PipelineOptions options, IRequestPipeline? running, (IReadOnlyList<string> Changed, bool IsNew) difference)
    {
        _blueprint = blueprint;
        _options = options;
        _running = running;
        _changed = difference.Changed;
        _startsAnew = running is null || difference.IsNew || !_changed.All(IsInPlace);
    }

    /// <summary>What was started; null if nothing had to be.</summary>
    public IRequestPipeline? Successor { get; private set; }

    /// <summary>Starts what must run before anything is changed.</summary>
    public void Begin(PipelineLauncher launcher)
    {
        if (_startsAnew)
        {
            Successor = launcher.Start(_blueprint, _options);
        }
    }

    /// <summary>Makes the change, and says which.</summary>
    public IEnumerable<string> Complete(PipelineRegistry registry)
    {
        if (_running is null)
        {
            registry.Add(Successor!);
            return [$"pipeline {_blueprint.Name} starts"];
        }

        if (Successor is not null)
        {
            ((ISucceededPipeline)Successor).Succeed(_running);
            registry.Replace(_running, Successor);
            return [$"pipeline {_blueprint.Name} starts anew{(_changed.Count > 0 ? $": {string.Join(", ", _changed)}" : "")}"];
        }

        if (_changed.Count == 0)
        {
            return [];
        }

        ChangeInPlace(_running, ((ISucceededPipeline)_running).Options);
        return [$"pipeline {_blueprint.Name}: {string.Join(", ", _changed)}"];
    }

    // What is looked up again and again is a list's own business: a change of it starts anew.
    private bool IsInPlace(string key) =>
        InPlace.Contains(key)
        && (key != Backends
            || (_options.Backends.Count > 0
                && _options.Backends.Concat(((ISucceededPipeline)_running!).Options.Backends).All(static backend => backend.Resolve == TimeSpan.Zero)));

    private void ChangeInPlace(IRequestPipeline running, PipelineOptions current)
    {
        if (_changed.Contains(Concurrency))
        {
            running.SetConcurrency(current.Throttle.Concurrency = _options.Throttle.Concurrency);
        }

        if (_changed.Contains(Queue))
        {
            running.SetQueue(_options.Throttle.Queue);
        }

        if (_changed.Contains(MaxPerBackend) || _changed.Contains(MinIdle))
        {
            current.Connections.MaxPerBackend = _options.Connections.MaxPerBackend;
            current.Connections.MinIdle = _options.Connections.MinIdle;
            running.Connections?.Resize(_options.Connections.MaxPerBackend, _options.Connections.MinIdle);
        }

        if (_changed.Contains(Policy))
        {
            current.Balancing.Policy = _options.Balancing.Policy;
            running.Backends?.UsePolicy(_options.Balancing.Policy);
        }

        if (_changed.Contains(Backends))
        {
            current.Backends = _options.Backends;
            running.Backends?.Apply([.. _options.Backends]);
        }
    }
}
