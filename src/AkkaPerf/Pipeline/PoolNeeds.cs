using AkkaPerf.Backends;
using AkkaPerf.Connections;

namespace AkkaPerf.Pipeline;

/// <summary>What a pipeline's pools are told.</summary>
/// <param name="Directory">The backends.</param>
/// <param name="Options">The pools' options.</param>
/// <param name="Limits">How many connections each may have.</param>
/// <param name="Watch">Who is told of what happens.</param>
internal sealed record PoolNeeds(BackendDirectory Directory, ConnectionOptions Options, ConnectionLimits Limits, PoolWatch Watch);
