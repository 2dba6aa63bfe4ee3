using AkkaPerf.Backends;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Connections;

/// <summary>Who is told of what happens in pools.</summary>
/// <param name="Opened">Told how long each connect took, in timestamps; null for nobody.</param>
/// <param name="Logger">Where it is written what people should know; null: the actor system's log.</param>
internal sealed record PoolWatch(Action<Backend, long>? Opened, ILogger? Logger)
{
    /// <summary>Nobody but the actor system's log.</summary>
    public static readonly PoolWatch Nobody = new(Opened: null, Logger: null);
}
