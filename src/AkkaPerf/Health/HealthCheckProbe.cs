using AkkaPerf.Backends;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkkaPerf.Health;

/// <summary>Probes by any health check of the framework's kind: healthy is up, degraded degraded, unhealthy down.</summary>
public sealed class HealthCheckProbe : IHealthProbe
{
    private readonly Func<Backend, IHealthCheck> _checkOf;

    /// <summary>Probes every backend by the same check; it knows the backend as its registration's name.</summary>
    /// <param name="check">Called for several backends at once; an exception is a failed probe.</param>
    public HealthCheckProbe(IHealthCheck check)
    {
        ArgumentNullException.ThrowIfNull(check);
        _checkOf = _ => check;
    }

    /// <summary>Probes each backend by a check of its own.</summary>
    /// <param name="checkOf">Gives a backend's check; called for every probe, so it should keep what is dear.</param>
    public HealthCheckProbe(Func<Backend, IHealthCheck> checkOf)
    {
        ArgumentNullException.ThrowIfNull(checkOf);
        _checkOf = checkOf;
    }

    /// <inheritdoc />
    public async ValueTask<ProbeResult> ProbeAsync(Backend backend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var check = _checkOf(backend);
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration(backend.Id, check, HealthStatus.Unhealthy, tags: null) };
        var result = await check.CheckHealthAsync(context, cancellationToken).ConfigureAwait(false);
        var detail = result.Description is { Length: > 0 } description ? description
            : result.Exception is { } exception ? FailureCause.Of(exception)
            : $"the health check said {result.Status}";
        return new ProbeResult(result.Status != HealthStatus.Unhealthy, detail) { IsDegraded = result.Status == HealthStatus.Degraded };
    }
}
