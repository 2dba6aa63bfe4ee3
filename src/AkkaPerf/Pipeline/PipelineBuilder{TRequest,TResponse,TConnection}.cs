using System.Runtime.CompilerServices;
using AkkaPerf.Exchanges;
using AkkaPerf.Health;

namespace AkkaPerf.Pipeline;

/// <summary>Says in code what a pipeline with connections does.</summary>
/// <typeparam name="TRequest">What is asked.</typeparam>
/// <typeparam name="TResponse">What is answered.</typeparam>
/// <typeparam name="TConnection">What a handler gets to ask with.</typeparam>
public sealed class PipelineBuilder<TRequest, TResponse, TConnection>
    where TConnection : class
{
    private readonly PipelineBuilder<TRequest, TResponse> _builder;

    internal PipelineBuilder(PipelineBuilder<TRequest, TResponse> builder) => _builder = builder;

    /// <summary>Sets options; a later call sees what earlier ones set.</summary>
    public PipelineBuilder<TRequest, TResponse, TConnection> Configure(Action<PipelineOptions> configure)
    {
        _builder.Configure(configure);
        return this;
    }

    /// <summary>Caches answers by key, for <c>cache.ttl</c>; a null key is not cached.</summary>
    public PipelineBuilder<TRequest, TResponse, TConnection> CacheBy(Func<TRequest, string?> key)
    {
        _builder.CacheBy(key);
        return this;
    }

    /// <summary>Says which requests may be sent more than once, and after which failures.</summary>
    public PipelineBuilder<TRequest, TResponse, TConnection> RetryWhen(Func<TRequest, bool> isRepeatable, Func<Exception, bool>? isTransient = null)
    {
        _builder.RetryWhen(isRepeatable, isTransient);
        return this;
    }

    /// <summary>Probes backends in a way of one's own.</summary>
    public PipelineBuilder<TRequest, TResponse, TConnection> ProbeWith(IHealthProbe probe)
    {
        _builder.ProbeWith(probe);
        return this;
    }

    /// <summary>Says how a request is answered. The token is the handler's while it runs: kept longer, it may be cancelled for another request.</summary>
    [OverloadResolutionPriority(1)]
    public void Handle(Func<TRequest, TConnection, CancellationToken, ValueTask<TResponse>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _builder.SetHandler((request, connection, context) => handler(request, (TConnection)connection!, context.CancellationToken));
    }

    /// <summary>Says how a request is answered. The token is the handler's while it runs: kept longer, it may be cancelled for another request.</summary>
    public void Handle(Func<TRequest, TConnection, CancellationToken, Task<TResponse>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _builder.SetHandler((request, connection, context) =>
            new ValueTask<TResponse>(handler(request, (TConnection)connection!, context.CancellationToken)));
    }

    /// <summary>Says how a request is answered, by a handler that knows its backend or answers early.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="traits">What it promises.</param>
    public void HandleExchange(
        Func<TRequest, TConnection, IExchangeContext<TResponse>, ValueTask<TResponse>> handler, HandlerTraits traits = HandlerTraits.None)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _builder.SetHandler((request, connection, context) => handler(request, (TConnection)connection!, context), traits);
    }
}
