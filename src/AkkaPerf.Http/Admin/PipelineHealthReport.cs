using AkkaPerf.Backends;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin;

/// <summary>One pipeline in an answer to a health check.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Readiness">Whether it is ready, and if not, why.</param>
/// <param name="Backends">Its backends.</param>
/// <param name="HealthyBackends">Those that are healthy.</param>
/// <param name="IsPanicking">Whether those ejected get traffic again.</param>
internal sealed record PipelineHealthReport(string Name, PipelineReadiness Readiness, int Backends, int HealthyBackends, bool IsPanicking)
{
    public static PipelineHealthReport Of(PipelineSnapshot snapshot) => new(
        snapshot.Name,
        snapshot.Readiness,
        snapshot.Backends.Count,
        snapshot.Backends.Count(static backend => backend.State == BackendHealth.Healthy),
        snapshot.IsPanicking);
}
