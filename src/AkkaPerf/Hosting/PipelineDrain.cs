using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AkkaPerf.Hosting;

/// <summary>Drains the pipelines when the application stops, while its servers still serve and its actor system still runs.</summary>
/// <remarks>
/// The host's own shutdown timeout does not cut it short: each pipeline's drain timeout is the limit. Services that stop later find
/// their token cancelled, though, if the host's timeout is the shorter one.
/// </remarks>
internal sealed class PipelineDrain : IHostedLifecycleService
{
    private readonly PipelineRegistry _registry;
    private readonly TimeSpan _delay;
    private readonly TimeProvider _time;

    public PipelineDrain(PipelineRegistry registry, IOptions<AkkaPerfOptions> options, TimeProvider? time = null)
    {
        _registry = registry;
        _delay = options.Value.DrainDelay;
        _time = time ?? TimeProvider.System;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _registry.BeginStopping();
        if (_delay > TimeSpan.Zero)
        {
            try
            {
                await Task.Delay(_delay, _time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The host is in a hurry: drain at once.
            }
        }

        await _registry.DrainAsync().ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
