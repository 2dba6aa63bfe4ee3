using Akka.Actor;
using Akka.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkkaPerf.Hosting;

/// <summary>A pipeline's readiness, from a snapshot: nothing is asked through the path it judges.</summary>
internal static class PipelineHealth
{
    public static HealthCheckResult Check(ActorSystem system, string name)
    {
        if (DependencyResolver.For(system).Resolver.GetService<PipelineRegistry>() is not { } registry
            || registry.Find(name) is not { } pipeline)
        {
            return HealthCheckResult.Unhealthy($"Pipeline {name} has not started.");
        }

        var snapshot = pipeline.Describe();
        if (registry.IsStopping || !snapshot.IsReady)
        {
            var eligible = snapshot.Backends.Count(backend => backend.State == Backends.BackendHealth.Healthy);
            return HealthCheckResult.Unhealthy(
                registry.IsStopping ? "The application is stopping." : $"Pipeline {name} is {snapshot.State}; {eligible} of {snapshot.Backends.Count} backends are healthy.");
        }

        return snapshot.Zombies * 2 > snapshot.Permits.Limit
            ? HealthCheckResult.Degraded($"{snapshot.Zombies} of {snapshot.Permits.Limit} permits are held by handlers nobody waits for.")
            : HealthCheckResult.Healthy();
    }
}
