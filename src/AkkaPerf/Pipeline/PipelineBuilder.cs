using System.Diagnostics;
using System.Net.Security;
using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Caching;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;
using AkkaPerf.Health;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Pipeline;

/// <summary>Says in code what a pipeline does. Options set here are overridden by the user's HOCON.</summary>
/// <typeparam name="TRequest">What is asked.</typeparam>
/// <typeparam name="TResponse">What is answered.</typeparam>
public sealed class PipelineBuilder<TRequest, TResponse>
{
    private readonly Dictionary<string, Func<IBalancingPolicy>> _policies = new(StringComparer.Ordinal);
    private readonly List<Action<PipelineOptions>> _configure = [];
    private readonly List<IBackendSource> _sources = [];
    private IHostResolver _resolver = SystemHostResolver.Instance;
    private ICachingPolicy<TRequest, TResponse>? _caching;
    private Func<string, TRequest>? _requestOf;
    private Func<TRequest, string?>? _affinityOf;
    private Func<TRequest, ActivityContext>? _traceParentOf;
    private Func<TRequest, bool>? _isRepeatable;
    private Func<Exception, bool>? _isTransient;
    private IDistributedCache? _distributed;
    private IHealthProbe? _probe;
    private SslClientAuthenticationOptions? _probeTls;
    private PoolsFactory? _pools;
    private IOpenStreams? _streams;
    private TimeProvider _time = TimeProvider.System;
    private Random _random = Random.Shared;
    private HandlerTraits _traits;
    private Func<TRequest, object?, IExchangeContext<TResponse>, ValueTask<TResponse>>? _handle;

    internal PipelineBuilder()
    {
    }

    internal bool OpensSharedConnections { get; private set; }

    /// <summary>Sets options; a later call sees what earlier ones set.</summary>
    public PipelineBuilder<TRequest, TResponse> Configure(Action<PipelineOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _configure.Add(configure);
        return this;
    }

    /// <summary>Caches answers by key, for <c>cache.ttl</c>; a null key is not cached.</summary>
    public PipelineBuilder<TRequest, TResponse> CacheBy(Func<TRequest, string?> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _caching = new KeyPolicy<TRequest, TResponse>(key);
        return this;
    }

    /// <summary>Caches answers by key, with tags by which they can be removed together; a null key is not cached.</summary>
    public PipelineBuilder<TRequest, TResponse> CacheBy(Func<TRequest, string?> key, Func<TRequest, TResponse, IReadOnlyList<string>> tags)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(tags);
        _caching = new KeyPolicy<TRequest, TResponse>(key, tags);
        return this;
    }

    /// <summary>Caches answers as a policy says.</summary>
    public PipelineBuilder<TRequest, TResponse> CacheWith(ICachingPolicy<TRequest, TResponse> policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _caching = policy;
        return this;
    }

    /// <summary>Makes the request of a key, for what is loaded without being asked: <c>cache.refresh.ahead</c> needs it, <c>cache.warming.hot-keys</c> then loads what the second level has lost.</summary>
    public PipelineBuilder<TRequest, TResponse> RequestBy(Func<string, TRequest> request)
    {
        ArgumentNullException.ThrowIfNull(request);
        _requestOf = request;
        return this;
    }

    /// <summary>Takes any store as the cache's second level, whatever <c>cache.l2.provider</c> says.</summary>
    public PipelineBuilder<TRequest, TResponse> UseDistributed(IDistributedCache store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _distributed = store;
        return this;
    }

    /// <summary>Registers a balancing policy, and makes it this pipeline's unless the user's HOCON names another.</summary>
    /// <param name="name">As <c>balancing.policy</c> names it.</param>
    /// <param name="create">Makes the pipeline's one instance.</param>
    public PipelineBuilder<TRequest, TResponse> BalanceWith(string name, Func<IBalancingPolicy> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        _policies[name] = create;
        return Configure(options => options.Balancing.Policy = name);
    }

    /// <summary>Says what the hash policies (<c>consistent-hash</c>, <c>maglev</c>) know a request by; without it, or for a null, its cache key, else chance.</summary>
    public PipelineBuilder<TRequest, TResponse> BalanceBy(Func<TRequest, string?> affinity)
    {
        ArgumentNullException.ThrowIfNull(affinity);
        _affinityOf = affinity;
        return this;
    }

    /// <summary>Takes backends from a source too, as it says at any time; several sources and the configuration may each bring some.</summary>
    public PipelineBuilder<TRequest, TResponse> BackendsFrom(IBackendSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        _sources.Add(source);
        return this;
    }

    /// <summary>Resolves the hosts of backends with <c>resolve</c> in a way of one's own; without it the system does.</summary>
    public PipelineBuilder<TRequest, TResponse> ResolveWith(IHostResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        _resolver = resolver;
        return this;
    }

    /// <summary>Says which requests may be sent more than once, as idempotent ones may: they are tried again (<c>retry</c>), or beside a slow try (<c>hedge</c>). Without it nothing is, but that a failed connect goes once to another backend.</summary>
    /// <param name="isRepeatable">Called on callers' and handlers' threads; a request for which it throws is not repeated.</param>
    /// <param name="isTransient">Which of the handler's failures another try may mend; null: failed connections, HTTP calls, input and output, timeouts, and what a database calls transient.</param>
    public PipelineBuilder<TRequest, TResponse> RetryWhen(Func<TRequest, bool> isRepeatable, Func<Exception, bool>? isTransient = null)
    {
        ArgumentNullException.ThrowIfNull(isRepeatable);
        _isRepeatable = isRepeatable;
        _isTransient = isTransient;
        return this;
    }

    /// <summary>Says what a request's span is the child of where its sender has no current activity, as with a context that came with a message.</summary>
    /// <param name="parent">Called on callers' threads, while somebody listens; the default context, or an exception, for nothing.</param>
    public PipelineBuilder<TRequest, TResponse> TraceBy(Func<TRequest, ActivityContext> parent)
    {
        ArgumentNullException.ThrowIfNull(parent);
        _traceParentOf = parent;
        return this;
    }

    /// <summary>How the built-in HTTP and gRPC probes do TLS; without it as the system does.</summary>
    public PipelineBuilder<TRequest, TResponse> ProbeWithTls(SslClientAuthenticationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _probeTls = options;
        return this;
    }

    /// <summary>Probes backends in a way of one's own; without it, or where <c>health.probe</c> names one, that or the address decides: HTTP, TCP, or opening a connection.</summary>
    public PipelineBuilder<TRequest, TResponse> ProbeWith(IHealthProbe probe)
    {
        ArgumentNullException.ThrowIfNull(probe);
        _probe = probe;
        return this;
    }

    /// <summary>Takes time from elsewhere than the system, as tests do.</summary>
    public PipelineBuilder<TRequest, TResponse> UseTime(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        return this;
    }

    /// <summary>Takes chance from elsewhere, as tests do; must bear several threads if it serves several pipelines.</summary>
    public PipelineBuilder<TRequest, TResponse> UseRandom(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        _random = random;
        return this;
    }

    /// <summary>Says what the handler leaves open when it ends, so that it is counted and ends with the pipeline.</summary>
    public PipelineBuilder<TRequest, TResponse> LeavesOpen(IOpenStreams streams)
    {
        ArgumentNullException.ThrowIfNull(streams);
        _streams = streams;
        return this;
    }

    /// <summary>Gives every exchange a connection to its backend.</summary>
    public PipelineBuilder<TRequest, TResponse, TConnection> ConnectWith<TConnection>(IConnectionFactory<TConnection> factory)
        where TConnection : class
    {
        ArgumentNullException.ThrowIfNull(factory);
        _pools = (parent, needs, time, random, dispatcher) =>
        {
            factory.Use(needs.Options);
            var pools = ConnectionPools.Create(needs.Directory, factory, needs.Options, time, random, needs.Limits, needs.Watch);
            parent.ActorOf(ConnectionPoolRouter.PropsFor(pools, dispatcher), "connections");
            return pools;
        };

        // Opening a slot on a shared transport proves nothing: there the address decides.
        _probe ??= factory.IsShared ? null : new ConnectionProbe<TConnection>(factory);
        OpensSharedConnections = factory.IsShared;
        return new PipelineBuilder<TRequest, TResponse, TConnection>(this);
    }

    /// <summary>Says how a request is answered. The token is the handler's while it runs: kept longer, it may be cancelled for another request.</summary>
    [System.Runtime.CompilerServices.OverloadResolutionPriority(1)]
    public void Handle(Func<TRequest, CancellationToken, ValueTask<TResponse>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        SetHandler((request, _, context) => handler(request, context.CancellationToken));
    }

    /// <summary>Says how a request is answered. The token is the handler's while it runs: kept longer, it may be cancelled for another request.</summary>
    public void Handle(Func<TRequest, CancellationToken, Task<TResponse>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        SetHandler((request, _, context) => new ValueTask<TResponse>(handler(request, context.CancellationToken)));
    }

    /// <summary>Says how a request is answered, by a handler that knows its backend or answers early.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="traits">What it promises.</param>
    public void HandleExchange(Func<TRequest, IExchangeContext<TResponse>, ValueTask<TResponse>> handler, HandlerTraits traits = HandlerTraits.None)
    {
        ArgumentNullException.ThrowIfNull(handler);
        SetHandler((request, _, context) => handler(request, context), traits);
    }

    internal void SetHandler(
        Func<TRequest, object?, IExchangeContext<TResponse>, ValueTask<TResponse>> handle, HandlerTraits traits = HandlerTraits.KeepsNoContext)
    {
        if (_handle is not null)
        {
            throw new InvalidOperationException("The pipeline has a handler already.");
        }

        _handle = handle;
        _traits = traits;
    }

    internal void Apply(PipelineOptions options) => _configure.ForEach(configure => configure(options));

    internal PipelineDefinition<TRequest, TResponse> Build(string name) => new()
    {
        Handle = _handle ?? throw new InvalidOperationException($"The pipeline '{name}' has no handler: call Handle(…)."),
        Traits = _traits,
        CachingPolicy = _caching,
        RequestOf = _requestOf,
        Distributed = _distributed,
        Pools = _pools,
        Streams = _streams,
        SharesConnections = OpensSharedConnections,
        Probe = _probe,
        ProbeTls = _probeTls,
        Sources = _sources,
        Resolver = _resolver,
        Policies = _policies,
        AffinityOf = _affinityOf,
        TraceParentOf = _traceParentOf,
        IsRepeatable = _isRepeatable,
        IsTransient = _isTransient,
        Time = _time,
        Random = _random,
    };
}
