using System.IO.Pipelines;
using System.Security.Claims;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Express;

/// <summary>A request and its response, used again for the next ones on their connection, one after the other.</summary>
internal sealed class ExpressContext : HttpContext
{
    private readonly ConnectionContext _connection;
    private readonly IServiceProvider _services;
    private readonly ExpressLimits _limits;
    private readonly ExpressFeatures _features;
    private readonly ExpressConnection _info;
    private AsyncServiceScope? _scope;
    private IServiceProvider? _requestServices;
    private IDictionary<object, object?>? _items;
    private ClaimsPrincipal? _user;
    private CancellationToken? _aborted;
    private string? _identifier;
    private long _count;

    public ExpressContext(ConnectionContext connection, PipeWriter output, string scheme, IServiceProvider services, ExpressLimits limits)
    {
        _connection = connection;
        _services = services;
        _limits = limits;
        _features = new ExpressFeatures(this, connection.Features);
        _info = new ExpressConnection(connection);
        Express = new ExpressRequest(this, scheme);
        Answer = new ExpressResponse(this, output);
    }

    /// <summary>The request.</summary>
    public ExpressRequest Express { get; }

    /// <summary>The response.</summary>
    public ExpressResponse Answer { get; }

    /// <summary>What somebody put before the client's body; null for nothing.</summary>
    public IHttpResponseBodyFeature? ExchangedBody => _features.ExchangedBody;

    /// <summary>How slowly the client may read; null for as slowly as it likes.</summary>
    public MinDataRate? Rate { get; set; }

    /// <summary>The clock of that.</summary>
    public TimeProvider Time => TimeProvider.System;

    /// <summary>Whether nobody is there any more who could read an answer.</summary>
    public bool IsGone => _connection.ConnectionClosed.IsCancellationRequested;

    public override IFeatureCollection Features => _features;

    public override HttpRequest Request => Express;

    public override HttpResponse Response => Answer;

    public override ConnectionInfo Connection => _info;

    public override WebSocketManager WebSockets => throw new NotSupportedException("A WebSocket is opened by a request that the server itself serves.");

    public override ClaimsPrincipal User
    {
        get => _user ??= new ClaimsPrincipal(new ClaimsIdentity());
        set => _user = value;
    }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new Dictionary<object, object?>();
        set => _items = value;
    }

    public override IServiceProvider RequestServices
    {
        get => _requestServices ??= (_scope ??= _services.CreateAsyncScope()).ServiceProvider;
        set => _requestServices = value;
    }

    public override CancellationToken RequestAborted
    {
        get => _aborted ?? _connection.ConnectionClosed;
        set => _aborted = value;
    }

    public override string TraceIdentifier
    {
        get => _identifier ??= $"{_connection.ConnectionId}:{_count:X8}";
        set => _identifier = value;
    }

    public override ISession Session
    {
        get => Features.Get<ISessionFeature>()?.Session ?? throw new InvalidOperationException("No session has been set up.");
        set => Features.Set<ISessionFeature>(new DefaultSessionFeature { Session = value });
    }

    public override void Abort() => _connection.Abort(new ConnectionAbortedException("The application aborted the connection."));

    /// <summary>Readies itself for the next request.</summary>
    public void Begin()
    {
        _count++;
        Rate = _limits.Rate;
        Express.Clear();
        Answer.Clear();
        _features.Clear();
        _items = null;
        _user = null;
        _aborted = null;
        _identifier = null;
        _requestServices = null;
    }

    /// <summary>Releases what the request's services hold.</summary>
    public ValueTask EndAsync()
    {
        if (_scope is not { } scope)
        {
            return default;
        }

        _scope = null;
        return scope.DisposeAsync();
    }

    private sealed class DefaultSessionFeature : ISessionFeature
    {
        public ISession Session { get; set; } = null!;
    }
}
