using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Express;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Streaming;
using AkkaPerf.Http.Transport.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>A request to be forwarded, as it came in over HTTP; an <see cref="HttpClient"/>'s own derives from it.</summary>
/// <remarks>
/// A handler may outlive its caller: the leader of a shared load leaves, a deadline passes. The server then uses the <see cref="HttpContext"/>
/// again, so nothing here touches it after <see cref="DetachAsync"/>.
/// </remarks>
public class ProxyRequest
{
    private readonly Lock _gate = new();

    // Null once the caller has left. Guarded by the gate.
    private HttpContext? _context;

    // Made once. Guarded by the gate.
    private HttpRequestMessage? _message;
    private bool _isTaken;

    // Only what may be repeated goes so. Guarded by the gate.
    private bool _isWritten;
    private bool _mayOutlive;
    private volatile RequestBodyContent? _body;

    /// <summary>Takes a request; whoever sends it awaits <see cref="DetachAsync"/> before the context's request ends.</summary>
    /// <exception cref="ArgumentException">Its target is none that can be forwarded; see <see cref="TryCreate"/>.</exception>
    public ProxyRequest(HttpContext context)
        : this(context, TargetOf(context) ?? throw new ArgumentException("The request's target cannot be forwarded.", nameof(context)))
    {
    }

    private ProxyRequest(HttpContext context, string target)
    {
        _context = context;
        Target = target;
        Authority = context.Request.Headers.Host.ToString();
        Scheme = context.Request.Scheme;
        WebSocket = WebSocketHandshake.Of(context);
    }

    private protected ProxyRequest(string target, string authority, string scheme)
    {
        Target = target;
        Authority = authority;
        Scheme = scheme;
    }

    /// <summary>The path and query, byte for byte as the client sent them.</summary>
    public string Target { get; }

    /// <summary>The authority that the client asked for, as it sent it.</summary>
    public string Authority { get; }

    /// <summary>The scheme that the client used.</summary>
    public string Scheme { get; }

    /// <summary>What its sender wants hash policies to know it by; null if it did not say. <c>BalanceBy</c> may make something else of it.</summary>
    public virtual string? Affinity => null;

    /// <summary>What it takes to open a WebSocket; null if that is not what is asked for.</summary>
    internal WebSocketHandshake? WebSocket { get; }

    /// <summary>Ends when nothing more of its body is sent.</summary>
    internal Task BodySent => _body?.Sent ?? Task.CompletedTask;

    /// <summary>The method. For the sender's own thread.</summary>
    internal virtual string Method => Context.Request.Method;

    /// <summary>Whether a body may come with it. For the sender's own thread.</summary>
    internal virtual bool MayHaveBody => CanHaveBody(Context);

    /// <summary>Whether its body has been touched: it cannot be sent to another backend then.</summary>
    internal virtual bool IsBodyRead => _body is { IsRead: true };

    /// <summary>What is answered because its body could not be read; null if nothing is wrong with it.</summary>
    internal virtual ProxyResponse? BodyFault => _body?.Failure is IOException fault ? Problem.OfBody(fault) : null;

    /// <summary>What its route says of it; null if it came by none.</summary>
    internal HttpRoute? Route { get; private init; }

    /// <summary>What the cache asks in the place of what the client asked; null if it does not.</summary>
    internal CacheFetch? Fetch { get; set; }

    /// <summary>Whether a server's request is at hand, for the sender's own thread.</summary>
    internal bool HasContext => _context is not null;

    /// <summary>The target that a request's backend is asked for, as its route has it; null if it cannot be forwarded.</summary>
    internal static string? TargetOf(HttpContext context, HttpRoute route) =>
        TargetOf(context) is { } target ? route.TargetOf(target, route.NeedsMatch ? RouteMatch.Of(context) : default) : null;

    /// <summary>Takes a request as its route has it.</summary>
    internal static ProxyRequest Create(HttpContext context, HttpRoute route, string target) => new(context, target) { Route = route };

    /// <summary>Takes a request if it can be forwarded: its target is a path or an absolute URL.</summary>
    public static bool TryCreate(HttpContext context, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ProxyRequest? request)
    {
        ArgumentNullException.ThrowIfNull(context);
        request = TargetOf(context) is { } target ? new ProxyRequest(context, target) : null;
        return request is not null;
    }

    /// <summary>Ends the use of the context. To be awaited before the server ends the request.</summary>
    /// <param name="isAnswered">Whether there was a response: then nobody needs what a handler that is still to start would bring.</param>
    public virtual ValueTask DetachAsync(bool isAnswered)
    {
        // Answered or not: a try beside the one that answered, or a load whose place something stale took, may be about to start.
        lock (_gate)
        {
            if (!isAnswered && _mayOutlive && _message is null && _context is { } context)
            {
                // Others may wait for what it asks, and its handler may not have started yet.
                Build(context);
            }

            _context = null;
        }

        return _body?.CloseAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>Whether it may be sent more than once.</summary>
    /// <exception cref="OperationCanceledException">The caller has left already.</exception>
    internal virtual bool IsRepeatable
    {
        get
        {
            if (WebSocket is not null)
            {
                return false;
            }

            lock (_gate)
            {
                return _isWritten ? true
                    : _message is { } message
                    ? message.Content is not RequestBodyContent && SendFailure.IsIdempotent(message.Method.Method)
                    : SendFailure.IsIdempotent(Context.Request.Method) && !CanHaveBody(Context);
            }
        }
    }

    /// <summary>Has it go on when its sender leaves: others may wait for what it asks.</summary>
    internal virtual void Outlive() => _mayOutlive = true;

    /// <summary>Its fields as they are now. For the sender's own thread.</summary>
    internal virtual FieldSnapshot Snapshot() => new(Context.Request.Headers);

    /// <summary>The lines of a header; none if it has not got it. For the sender's own thread.</summary>
    internal virtual StringValues Header(string name) => Context.Request.Headers[name];

    /// <summary>A message to be sent, without an address; each time another one, unless there is a body, which can be sent once.</summary>
    /// <exception cref="OperationCanceledException">The caller has left already.</exception>
    internal virtual HttpRequestMessage TakeMessage(bool preservesHost)
    {
        lock (_gate)
        {
            var message = _message ?? Build(Context);
            if (_isTaken && message.Content is not RequestBodyContent)
            {
                // Another try may be sending the first one at this very moment, and the transport writes into what it sends.
                message = RequestHead.Copy(message);
            }

            // A backend's own name is the transport's to write, and another try may be another backend's.
            message.Headers.Host = null;
            if ((Route?.HostHeader ?? (Route?.PreservesHost ?? preservesHost ? Authority : null)) is { } host)
            {
                message.Headers.TryAddWithoutValidation("Host", host);
            }

            _isTaken = true;
            Fetch?.Apply(message);
            return message;
        }
    }

    /// <summary>Writes it as it goes over the wire; false if it has to go as a message.</summary>
    internal virtual bool TryWrite(WirePool pool, bool preservesHost, out WireRequest written)
    {
        lock (_gate)
        {
            if (WebSocket is null
                && _message is null
                && _context is { } context
                && WireRequestHead.IsFor(context)
                && WireRequestHead.TryWrite(this, context, (pool, Route?.HostHeader ?? (Route?.PreservesHost ?? preservesHost ? Authority : null)), out written))
            {
                _isWritten = true;
                return true;
            }

            written = default;
            return false;
        }
    }

    /// <summary>The request itself, for the caller's own thread.</summary>
    internal HttpContext Context => _context ?? throw new OperationCanceledException("The client has gone.");

    /// <summary>The target as the client asked for it; null if it cannot be forwarded.</summary>
    internal static string? TargetOf(HttpContext context)
    {
        if (context is ExpressContext { Express.RawTarget: var plain })
        {
            return plain;
        }

        var raw = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        return RawTarget.ToOriginForm(string.IsNullOrEmpty(raw) ? $"{context.Request.PathBase}{context.Request.Path}{context.Request.QueryString}" : raw);
    }

    internal static bool CanHaveBody(HttpContext context) =>
        context is not ExpressContext && (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? context.Request.ContentLength > 0);

    private HttpRequestMessage Build(HttpContext context)
    {
        _body = WebSocket is null && CanHaveBody(context) ? new RequestBodyContent(context.Request.BodyReader) : null;
        _message = RequestHead.Build(context, _body, Route?.Forwarded ?? ForwardedRules.Default);
        return _message;
    }
}
