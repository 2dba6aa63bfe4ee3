using Akka.Actor;
using Akka.DependencyInjection;
using AkkaPerf.Backends;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkkaPerf.Hosting;

/// <summary>A pipeline's readiness, from a snapshot: nothing is asked through the path it judges.</summary>
internal static class PipelineHealth
{
    public static HealthCheckResult Check(ActorSystem system, string name)
    {
        if (DependencyResolver.For(system).Resolver.GetService<PipelineRegistry>() is not { Launcher: not null } registry)
        {
            return HealthCheckResult.Unhealthy($"Pipeline {name} has not started.");
        }

        if (registry.IsStopping)
        {
            return HealthCheckResult.Unhealthy("The application is stopping.");
        }

        if (registry.Find(name) is not { } pipeline)
        {
            // All have been started together: one that is not there was taken away by a reload.
            return HealthCheckResult.Healthy($"Pipeline {name} has retired.");
        }

        var (status, text) = Judge(pipeline.Describe());
        return new HealthCheckResult(status, text);
    }

    /// <summary>What a snapshot comes to, and why if it is not healthy.</summary>
    public static (HealthStatus Status, string? Text) Judge(PipelineSnapshot snapshot)
    {
        if (snapshot.Readiness != PipelineReadiness.Ready)
        {
            var healthy = snapshot.Backends.Count(static backend => backend.State == BackendHealth.Healthy);
            return (HealthStatus.Unhealthy, $"Pipeline {snapshot.Name}: {Text(snapshot.Readiness)}; {healthy} of {snapshot.Backends.Count} backends are healthy.");
        }

        return WhyDegraded(snapshot) is { } why ? (HealthStatus.Degraded, $"Pipeline {snapshot.Name}: {why}.") : (HealthStatus.Healthy, null);
    }

    // It works, but not as it should.
    private static string? WhyDegraded(PipelineSnapshot snapshot)
    {
        if (snapshot.IsPanicking)
        {
            return "it panics, so few backends are well that those ejected get traffic again";
        }

        if (snapshot.Zombies * 2 > snapshot.Permits.Limit)
        {
            return $"{snapshot.Zombies} of {snapshot.Permits.Limit} permits are held by handlers nobody waits for";
        }

        return snapshot.Cache?.Distributed is { IsUp: false } ? "the second level of its cache is down" : null;
    }

    private static string Text(PipelineReadiness readiness) => readiness switch
    {
        PipelineReadiness.Probing => "its backends are being probed for the first time",
        PipelineReadiness.NoHealthyBackend => "no backend is eligible",
        PipelineReadiness.Restarting => "it is being started again after a failure",
        PipelineReadiness.Draining => "it drains",
        _ => "it has stopped",
    };
}
