using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkkaPerf.Hosting;

/// <summary>Makes pipelines part of an application's health checks.</summary>
public static class AkkaPerfHealthChecks
{
    /// <summary>
    /// Adds all pipelines as one check, those that a reload adds included: unhealthy while one is not ready or the application stops, degraded
    /// while one panics, is held up by handlers nobody waits for, or does without the second level of its cache.
    /// </summary>
    /// <param name="builder">What <c>AddHealthChecks</c> gives.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="tags">Its tags; null for <c>akkaperf</c> and <c>readiness</c>.</param>
    public static IHealthChecksBuilder AddAkkaPerf(this IHealthChecksBuilder builder, string name = "akkaperf", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddAkkaPerf();
        return builder.Add(new HealthCheckRegistration(
            name,
            static services => new PipelinesHealthCheck(services.GetRequiredService<PipelineRegistry>()),
            failureStatus: null,
            tags ?? ["akkaperf", "readiness"]));
    }
}
