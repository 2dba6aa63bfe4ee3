using System.Collections;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AkkaPerf.Http.Express;

/// <summary>What can be asked of a request beside what its context says itself: most of it is the context, the rest the connection's.</summary>
internal sealed class ExpressFeatures(ExpressContext context, IFeatureCollection connection) :
    IFeatureCollection,
    IHttpRequestFeature,
    IHttpRequestBodyDetectionFeature,
    IHttpRequestLifetimeFeature,
    IHttpRequestIdentifierFeature,
    IHttpResponseFeature,
    IHttpResponseBodyFeature,
    IHttpMinResponseDataRateFeature,
    IHttpMaxRequestBodySizeFeature,
    IHttpBodyControlFeature,
    IHttpConnectionFeature,
    IEndpointFeature,
    IRouteValuesFeature,
    IItemsFeature,
    IServiceProvidersFeature
{
    // So many of the connection's are asked for by each request, or less.
    private const int MostFound = 4;

    private Dictionary<Type, object>? _set;

    // What was found at the connection, which takes longer to say. Any thread: what is written at once is found once more.
    private Findings? _findings;

    public bool IsReadOnly => false;

    public int Revision { get; private set; }

    public object? this[Type key]
    {
        get => _set?.GetValueOrDefault(key) ?? (key.IsInstanceOfType(this) ? this : connection[key]);
        set
        {
            Revision++;
            if (value is not null)
            {
                (_set ??= [])[key] = value;
            }
            else
            {
                _set?.Remove(key);
            }
        }
    }

    public Endpoint? Endpoint { get; set; }

    /// <summary>What somebody put in the place of a feature; null for nothing.</summary>
    public TFeature? Exchanged<TFeature>()
        where TFeature : class => _set is { Count: > 0 } && _set.TryGetValue(typeof(TFeature), out var feature) ? (TFeature)feature : null;

    RouteValueDictionary IRouteValuesFeature.RouteValues
    {
        get => context.Express.OwnRouteValues;
        set => context.Express.OwnRouteValues = value;
    }

    string IHttpRequestFeature.Protocol
    {
        get => context.Request.Protocol;
        set => context.Request.Protocol = value;
    }

    string IHttpRequestFeature.Scheme
    {
        get => context.Request.Scheme;
        set => context.Request.Scheme = value;
    }

    string IHttpRequestFeature.Method
    {
        get => context.Request.Method;
        set => context.Request.Method = value;
    }

    string IHttpRequestFeature.PathBase
    {
        get => context.Request.PathBase.Value ?? "";
        set => context.Request.PathBase = value;
    }

    string IHttpRequestFeature.Path
    {
        get => context.Request.Path.Value ?? "";
        set => context.Request.Path = value;
    }

    string IHttpRequestFeature.QueryString
    {
        get => context.Request.QueryString.Value ?? "";
        set => context.Request.QueryString = new(value);
    }

    string IHttpRequestFeature.RawTarget
    {
        get => context.Express.RawTarget;
        set => throw new NotSupportedException("The target is as the client sent it.");
    }

    IHeaderDictionary IHttpRequestFeature.Headers
    {
        get => context.Express.Fields;
        set => throw new NotSupportedException("The fields cannot be exchanged as a whole.");
    }

    Stream IHttpRequestFeature.Body
    {
        get => context.Request.Body;
        set => context.Request.Body = value;
    }

    bool IHttpRequestBodyDetectionFeature.CanHaveBody => false;

    CancellationToken IHttpRequestLifetimeFeature.RequestAborted
    {
        get => context.OwnAborted;
        set => context.OwnAborted = value;
    }

    string IHttpRequestIdentifierFeature.TraceIdentifier
    {
        get => context.TraceIdentifier;
        set => context.TraceIdentifier = value;
    }

    int IHttpResponseFeature.StatusCode
    {
        get => context.Response.StatusCode;
        set => context.Response.StatusCode = value;
    }

    string? IHttpResponseFeature.ReasonPhrase
    {
        get => context.Answer.Reason;
        set => context.Answer.Reason = value;
    }

    IHeaderDictionary IHttpResponseFeature.Headers
    {
        get => context.Answer.Fields;
        set => throw new NotSupportedException("The fields cannot be exchanged as a whole.");
    }

    Stream IHttpResponseFeature.Body
    {
        get => context.Answer.OwnStream;
        set => context.Response.Body = value;
    }

    bool IHttpResponseFeature.HasStarted => context.Response.HasStarted;

    Stream IHttpResponseBodyFeature.Stream => context.Answer.OwnStream;

    PipeWriter IHttpResponseBodyFeature.Writer => context.Answer.OwnWriter;

    bool IHttpMaxRequestBodySizeFeature.IsReadOnly => true;

    long? IHttpMaxRequestBodySizeFeature.MaxRequestBodySize
    {
        get => 0;
        set => throw new InvalidOperationException("The request has no body.");
    }

    bool IHttpBodyControlFeature.AllowSynchronousIO
    {
        get => false;
        set => throw new NotSupportedException("What is answered the short way is written without blocking.");
    }

    string IHttpConnectionFeature.ConnectionId
    {
        get => context.Connection.Id;
        set => context.Connection.Id = value;
    }

    IPAddress? IHttpConnectionFeature.RemoteIpAddress
    {
        get => context.Connection.RemoteIpAddress;
        set => context.Connection.RemoteIpAddress = value;
    }

    int IHttpConnectionFeature.RemotePort
    {
        get => context.Connection.RemotePort;
        set => context.Connection.RemotePort = value;
    }

    IPAddress? IHttpConnectionFeature.LocalIpAddress
    {
        get => context.Connection.LocalIpAddress;
        set => context.Connection.LocalIpAddress = value;
    }

    int IHttpConnectionFeature.LocalPort
    {
        get => context.Connection.LocalPort;
        set => context.Connection.LocalPort = value;
    }

    MinDataRate? IHttpMinResponseDataRateFeature.MinDataRate
    {
        get => context.Rate;
        set => context.Rate = value;
    }

    IDictionary<object, object?> IItemsFeature.Items
    {
        get => context.OwnItems;
        set => context.OwnItems = value;
    }

    IServiceProvider IServiceProvidersFeature.RequestServices
    {
        get => context.OwnServices;
        set => context.OwnServices = value;
    }

    public TFeature? Get<TFeature>()
    {
        if (_set is { Count: > 0 } && _set.TryGetValue(typeof(TFeature), out var feature))
        {
            return (TFeature)feature;
        }

        return this is TFeature own ? own : (TFeature?)OfConnection(typeof(TFeature));
    }

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => (_set ?? []).Concat(connection).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    void IHttpRequestLifetimeFeature.Abort() => context.Abort();

    void IHttpResponseFeature.OnStarting(Func<object, Task> callback, object state) => context.Response.OnStarting(callback, state);

    void IHttpResponseFeature.OnCompleted(Func<object, Task> callback, object state) => context.Response.OnCompleted(callback, state);

    void IHttpResponseBodyFeature.DisableBuffering()
    {
        // There is none.
    }

    Task IHttpResponseBodyFeature.StartAsync(CancellationToken cancellationToken) => context.Answer.OwnStartAsync(cancellationToken);

    Task IHttpResponseBodyFeature.SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) =>
        SendFileFallback.SendFileAsync(context.Answer.OwnStream, path, offset, count, cancellationToken);

    Task IHttpResponseBodyFeature.CompleteAsync() => context.Answer.FinishAsync().AsTask();

    /// <summary>Forgets the request before.</summary>
    public void Clear()
    {
        Endpoint = null;
        if (_set is { Count: > 0 })
        {
            _set.Clear();
            Revision++;
        }
    }

    private object? OfConnection(Type key)
    {
        var findings = _findings;
        if (findings is null || findings.Revision != connection.Revision)
        {
            findings = new Findings(connection.Revision);
            _findings = findings;
        }

        foreach (var one in findings.All)
        {
            if (one is not null && one.Key == key)
            {
                return one.Feature;
            }
        }

        var found = new Finding(key, connection[key]);
        findings.All[findings.Next++ % MostFound] = found;
        return found.Feature;
    }

    private sealed record Finding(Type Key, object? Feature);

    private sealed class Findings(int revision)
    {
        public readonly Finding?[] All = new Finding?[MostFound];
        public uint Next;

        public int Revision => revision;
    }
}
