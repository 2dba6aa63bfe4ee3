using Akka.Actor;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>A pipeline that is defined but not started.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Code">What its code sets.</param>
/// <param name="Check">What its definition and its effective options do not agree on.</param>
/// <param name="Start">Starts it.</param>
internal sealed record PipelinePlan(
    string Name,
    Action<PipelineOptions> Code,
    Func<BoundOptions<PipelineOptions>, IEnumerable<ConfigurationFault>> Check,
    Func<ActorSystem, PipelineOptions, SecondLevelFactory, IRequestPipeline> Start);
