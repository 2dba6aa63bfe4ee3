using System.Security.Claims;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
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
    private readonly CancellationToken _closing;
    private AsyncServiceScope? _scope;
    private IServiceProvider? _requestServices;
    private IDictionary<object, object?>? _items;
    private ClaimsPrincipal? _user;
    private CancellationToken? _aborted;
    private string? _identifier;
    private long _count;
    private volatile CancellationTokenSource? _source;
    private bool _isWatched;
    private volatile bool _isAborted;

    public ExpressContext(ConnectionContext connection, IServiceProvider services, ExpressLimits limits)
    {
        _connection = connection;
        _services = services;
        _limits = limits;
        _features = new ExpressFeatures(this, connection.Features);
        _info = new ExpressConnection(connection);
        _closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        Express = new ExpressRequest(this, connection.Features.Get<ITlsConnectionFeature>() is null ? "http" : "https");
        Answer = new ExpressResponse(this, connection.Transport.Output);
    }

    /// <summary>The request.</summary>
    public ExpressRequest Express { get; }

    /// <summary>The response.</summary>
    public ExpressResponse Answer { get; }

    /// <summary>Whether the server ends its connections as soon as they are idle.</summary>
    public bool IsClosing => _closing.IsCancellationRequested;

    /// <summary>Whether the server says its name.</summary>
    public bool IsServerNamed => _limits.IsServerNamed;

    /// <summary>How slowly the client may read; null for as slowly as it likes.</summary>
    public MinDataRate? Rate { get; set; }

    /// <summary>Whether nobody is there any more who could read an answer.</summary>
    public bool IsGone => _isAborted || _connection.ConnectionClosed.IsCancellationRequested;

    public override IFeatureCollection Features => _features;

    public override HttpRequest Request => Express;

    public override HttpResponse Response => Answer;

    public override ConnectionInfo Connection => _info;

    public override WebSocketManager WebSockets => ExpressWebSockets.Instance;

    public override ClaimsPrincipal User
    {
        get => Exchanged<IHttpAuthenticationFeature>()?.User ?? (_user ??= new ClaimsPrincipal(new ClaimsIdentity()));
        set
        {
            if (Exchanged<IHttpAuthenticationFeature>() is { } other)
            {
                other.User = value;
            }
            else
            {
                _user = value;
            }
        }
    }

    public override IDictionary<object, object?> Items
    {
        get => Exchanged<IItemsFeature>()?.Items ?? OwnItems;
        set => (Exchanged<IItemsFeature>() ?? _features).Items = value;
    }

    public override IServiceProvider RequestServices
    {
        get => Exchanged<IServiceProvidersFeature>()?.RequestServices ?? OwnServices;
        set => (Exchanged<IServiceProvidersFeature>() ?? _features).RequestServices = value;
    }

    public override CancellationToken RequestAborted
    {
        get => Exchanged<IHttpRequestLifetimeFeature>()?.RequestAborted ?? OwnAborted;
        set => (Exchanged<IHttpRequestLifetimeFeature>() ?? _features).RequestAborted = value;
    }

    /// <summary>The items, unless somebody has exchanged them as a feature.</summary>
    public IDictionary<object, object?> OwnItems
    {
        get => _items ??= new Dictionary<object, object?>();
        set => _items = value;
    }

    /// <summary>The request's services, likewise.</summary>
    public IServiceProvider OwnServices
    {
        get => _requestServices ??= (_scope ??= _services.CreateAsyncScope()).ServiceProvider;
        set => _requestServices = value;
    }

    /// <summary>Ends when nobody waits for the answer any more, likewise.</summary>
    public CancellationToken OwnAborted
    {
        get => _aborted ?? Source().Token;
        set => _aborted = value;
    }

    public override string TraceIdentifier
    {
        get => _identifier ??= $"{_connection.ConnectionId}:E{_count:X7}";
        set => _identifier = value;
    }

    public override ISession Session
    {
        get => Features.Get<ISessionFeature>()?.Session ?? throw new InvalidOperationException("No session has been set up.");
        set => Features.Set<ISessionFeature>(new DefaultSessionFeature { Session = value });
    }

    public override void Abort()
    {
        _isAborted = true;
        _connection.Abort(new ConnectionAbortedException("The application aborted the connection."));
    }

    /// <summary>What somebody put in the place of a feature; null for nothing.</summary>
    public TFeature? Exchanged<TFeature>()
        where TFeature : class => _features.Exchanged<TFeature>();

    /// <summary>Readies itself for the next request.</summary>
    public void Begin()
    {
        _count++;
        Rate = _limits.Rate;
    }

    /// <summary>Whether somebody waits for the request's end: its services, or whoever wants to know of it.</summary>
    public bool IsHeld => _scope is not null || Answer.IsFollowed;

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

    /// <summary>Forgets the request: an idle connection holds nothing of it.</summary>
    public void Clear()
    {
        Express.Clear();
        Answer.Clear();
        _features.Clear();
        _info.Reset();
        _items = null;
        _user = null;
        _aborted = null;
        _identifier = null;
        _requestServices = null;
        if (_source is not null && !_source.TryReset())
        {
            // Whoever has its token may still look at it.
            _source = null;
        }
    }

    // One for all requests of the connection, as long as none of them has been aborted.
    private CancellationTokenSource Source()
    {
        if (_source is { } source)
        {
            return source;
        }

        source = new CancellationTokenSource();
        _source = source;
        if (!_isWatched)
        {
            _isWatched = true;
            _connection.ConnectionClosed.UnsafeRegister(static state => ((ExpressContext)state!)._source?.Cancel(), this);
        }

        if (_connection.ConnectionClosed.IsCancellationRequested)
        {
            source.Cancel();
        }

        return source;
    }

    private sealed class DefaultSessionFeature : ISessionFeature
    {
        public ISession Session { get; set; } = null!;
    }
}
