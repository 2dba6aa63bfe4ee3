using System.Net.Security;
using AkkaPerf.Backends;
using AkkaPerf.Health;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Pipeline;

/// <summary>What a pipeline's supervisor starts its children with.</summary>
/// <param name="Dispatcher">Where the island and the pool actors run.</param>
/// <param name="Pools">Starts the connection pools; null if there are none.</param>
/// <param name="Probe">Probes the backends; null: chosen by the address.</param>
/// <param name="Random">The pipeline's chance.</param>
/// <param name="Sources">Who says which backends there should be, beside the configured ones.</param>
internal sealed record PipelineServices(string Dispatcher, PoolsFactory? Pools, IHealthProbe? Probe, Random Random, IReadOnlyList<IBackendSource> Sources)
{
    /// <summary>How the built-in probes do TLS; null: as the system does.</summary>
    public SslClientAuthenticationOptions? ProbeTls { get; init; }

    /// <summary>The container's loggers; null: the actor system's log.</summary>
    public ILoggerFactory? Loggers { get; init; }

    /// <summary>The logger of one area of a pipeline; null where there are none.</summary>
    public ILogger? LoggerOf(string area, string pipeline) => Loggers?.CreateLogger($"AkkaPerf.{area}.{pipeline}");
}
