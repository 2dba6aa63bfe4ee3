using Akka.Actor;
using AkkaPerf.Connections;

namespace AkkaPerf.Pipeline;

/// <summary>Starts the connection pools of a pipeline.</summary>
/// <param name="parent">Whose child their router becomes.</param>
/// <param name="needs">What the pools are for, and their limits.</param>
/// <param name="time">The pipeline's clock.</param>
/// <param name="random">The pipeline's chance.</param>
/// <param name="dispatcher">Where their actors run.</param>
internal delegate IConnectionPools PoolsFactory(
    IActorRefFactory parent, PoolNeeds needs, TimeProvider time, Random random, string dispatcher);
