using AkkaPerf.Pipeline;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaPerf.Hosting;

/// <summary>Makes the running pipelines what another configuration says, without refusing a request. Any thread; one change at a time.</summary>
/// <remarks>
/// What can be changed in place is: backends, the numbers of permits, places in the queue and connections, the balancing policy. For anything
/// else a pipeline of the new options is started beside the old one and takes over once its backends are known; what is inside the old one is
/// finished there, however long it takes. Its statistics and its first cache level begin anew.
/// </remarks>
public sealed class PipelineReloader
{
    private readonly PipelineRegistry _registry;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    // What was wrong with the last configuration, so that one which is tried again and again is told of once; of whose turn it is.
    private string? _refused;

    internal PipelineReloader(PipelineRegistry registry, TimeProvider time, ILogger? logger = null)
    {
        _registry = registry;
        _time = time;
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>How long a new pipeline's backends may take to become known before it takes over all the same; default 5 s.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Binds the pipelines anew and changes what is different.</summary>
    /// <param name="stack">The configuration.</param>
    /// <param name="blueprints">All that shall run: the new are started, the missing retire.</param>
    /// <param name="isNew">Whether one must be started anew though its options are the same, because its code has changed; null for none.</param>
    /// <param name="beforeRetiring">Called once everything new runs and before anything old goes, to lead requests from the one to the other; null for nothing.</param>
    /// <param name="cancellationToken">Ends the wait for backends: the change is then made at once.</param>
    /// <returns>What was changed, for people.</returns>
    /// <exception cref="InvalidConfigurationException">The configuration has faults, all of which it names; nothing was changed.</exception>
    /// <exception cref="InvalidOperationException">The actor system has not started yet, the application is stopping, or a pipeline cannot be started; nothing was changed.</exception>
    public async Task<IReadOnlyList<string>> ApplyAsync(
        ConfigurationStack stack,
        IReadOnlyCollection<PipelineBlueprint> blueprints,
        Func<string, bool>? isNew = null,
        Action? beforeRetiring = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stack);
        ArgumentNullException.ThrowIfNull(blueprints);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_gate)
        {
            before = _last;
            _last = done.Task;
        }

        await before.ConfigureAwait(false);
        PipelineChange[] changes = [];
        try
        {
            ThrowIfStopping();
            var launcher = _registry.Launcher ?? throw new InvalidOperationException("The pipelines have not been started yet.");
            changes =
            [
                .. launcher.Bind(stack, blueprints).Select(bound => Plan(bound.Blueprint, bound.Options, isNew?.Invoke(bound.Blueprint.Name) == true)),
            ];
            foreach (var change in changes)
            {
                change.Begin(launcher);
            }

            await WaitUntilReadyAsync([.. changes.Select(change => change.Successor).OfType<IRequestPipeline>()], cancellationToken).ConfigureAwait(false);
            ThrowIfStopping();
            var gone = _registry.All.Where(pipeline => !blueprints.Any(blueprint => blueprint.Name == pipeline.Name)).ToArray();
            var said = changes.SelectMany(change => change.Complete(_registry)).ToList();
            beforeRetiring?.Invoke();
            foreach (var pipeline in gone)
            {
                _registry.Replace(pipeline, successor: null);
                said.Add($"pipeline {pipeline.Name} retires");
            }

            _refused = null;
            if (said.Count > 0)
            {
                ReloadLog.Applied(_logger, string.Join("; ", said));
            }

            return said;
        }
        catch (InvalidConfigurationException exception)
        {
            LogRefused(string.Join("; ", exception.Faults));
            throw;
        }
        catch
        {
            Discard(changes);
            throw;
        }
        finally
        {
            done.SetResult();
        }
    }

    private void LogRefused(string faults)
    {
        if (faults != _refused)
        {
            _refused = faults;
            ReloadLog.Refused(_logger, faults);
        }
    }

    // A drain that has begun would not end what comes now.
    private void ThrowIfStopping()
    {
        if (_registry.IsStopping)
        {
            throw new InvalidOperationException("The application is stopping.");
        }
    }

    // Those that have not taken over yet: nobody would ever end them.
    private void Discard(PipelineChange[] changes)
    {
        foreach (var successor in changes.Select(static change => change.Successor).OfType<IRequestPipeline>().Except(_registry.All))
        {
            _registry.Discard(successor);
        }
    }

    private PipelineChange Plan(PipelineBlueprint blueprint, PipelineOptions options, bool isNew)
    {
        var running = _registry.Find(blueprint.Name);
        var changed = running is null ? [] : OptionsComparer.Differences(((ISucceededPipeline)running).Options, options);
        return new PipelineChange(blueprint, options, running, (changed, isNew));
    }

    // Ready means that it has been, once: backends that are all down are no reason to keep the old configuration.
    private async Task WaitUntilReadyAsync(IReadOnlyList<IRequestPipeline> started, CancellationToken cancellationToken)
    {
        var step = TimeSpan.FromMilliseconds(20);
        for (var waited = TimeSpan.Zero; waited < Patience && !started.All(pipeline => pipeline.Describe().IsReady); waited += step)
        {
            if (cancellationToken.IsCancellationRequested || _registry.IsStopping)
            {
                return;
            }

            await Task.Delay(step, _time, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
