using AkkaPerf.Pipeline;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkkaPerf.Hosting;

/// <summary>All pipelines of a container as one health check: the worst of them counts, and each is told of.</summary>
internal sealed class PipelinesHealthCheck : IHealthCheck
{
    private readonly PipelineRegistry _registry;

    public PipelinesHealthCheck(PipelineRegistry registry) => _registry = registry;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (_registry.IsStopping)
        {
            return Task.FromResult(HealthCheckResult.Unhealthy("The application is stopping."));
        }

        PipelineSnapshot[] snapshots = [.. _registry.All.Select(static pipeline => pipeline.Describe())];
        if (snapshots.Length == 0)
        {
            return Task.FromResult(HealthCheckResult.Unhealthy("No pipeline has started."));
        }

        var verdicts = snapshots.Select(static snapshot => (snapshot.Name, Verdict: PipelineHealth.Judge(snapshot))).ToArray();
        var data = verdicts.ToDictionary(static item => item.Name, static item => (object)(item.Verdict.Text ?? "ready"));
        var worst = verdicts.Min(static item => item.Verdict.Status);
        var texts = verdicts.Select(static item => item.Verdict.Text).OfType<string>();
        return Task.FromResult(new HealthCheckResult(worst, string.Join(" ", texts) is { Length: > 0 } text ? text : null, exception: null, data));
    }
}
