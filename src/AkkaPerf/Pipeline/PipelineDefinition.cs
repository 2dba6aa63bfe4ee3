using System.Diagnostics;
using System.Net.Security;
using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Caching;
using AkkaPerf.Exchanges;
using AkkaPerf.Health;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Pipeline;

/// <summary>What a builder has been told: code's part of a pipeline, without its options.</summary>
internal sealed class PipelineDefinition<TRequest, TResponse>
{
    public required Func<TRequest, object?, IExchangeContext<TResponse>, ValueTask<TResponse>> Handle { get; init; }

    /// <summary>What the handler promises.</summary>
    public required HandlerTraits Traits { get; init; }

    /// <summary>Null in a pipeline without keys.</summary>
    public ICachingPolicy<TRequest, TResponse>? CachingPolicy { get; init; }

    /// <summary>Makes the request of a key; null if that cannot be done.</summary>
    public Func<string, TRequest>? RequestOf { get; init; }

    /// <summary>The store of the cache's second level, if code gives one.</summary>
    public IDistributedCache? Distributed { get; init; }

    /// <summary>Starts the pools; null in a pipeline without connections.</summary>
    public PoolsFactory? Pools { get; init; }

    /// <summary>What the handler leaves open; null for nothing.</summary>
    public IOpenStreams? Streams { get; init; }

    /// <summary>Whether connections are slots on a shared transport.</summary>
    public bool SharesConnections { get; init; }

    /// <summary>Null: chosen by the address.</summary>
    public IHealthProbe? Probe { get; init; }

    /// <summary>How the built-in probes do TLS; null: as the system does.</summary>
    public SslClientAuthenticationOptions? ProbeTls { get; init; }

    /// <summary>Who says which backends there should be.</summary>
    public required IReadOnlyList<IBackendSource> Sources { get; init; }

    /// <summary>Finds the addresses of backends with <c>resolve</c>.</summary>
    public required IHostResolver Resolver { get; init; }

    /// <summary>Balancing policies registered by name.</summary>
    public required IReadOnlyDictionary<string, Func<IBalancingPolicy>> Policies { get; init; }

    /// <summary>What the hash policies know a request by; null: its key.</summary>
    public Func<TRequest, string?>? AffinityOf { get; init; }

    /// <summary>What a request's span is the child of where nothing is current; null: of nothing.</summary>
    public Func<TRequest, ActivityContext>? TraceParentOf { get; init; }

    /// <summary>Which requests may be sent more than once; null: nothing is tried twice.</summary>
    public Func<TRequest, bool>? IsRepeatable { get; init; }

    /// <summary>Which failures another try may mend; null: those of the way to the backend.</summary>
    public Func<Exception, bool>? IsTransient { get; init; }

    public required TimeProvider Time { get; init; }

    public required Random Random { get; init; }
}
