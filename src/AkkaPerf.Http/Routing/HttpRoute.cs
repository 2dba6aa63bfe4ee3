using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Routing;

/// <summary>A <see cref="HttpRouteOptions"/> ready for use: what happens to each request of a route before and after its pipeline.</summary>
internal sealed class HttpRoute
{
    private readonly MaintenanceAnswer? _maintenance;
    private readonly PathTransform? _path;
    private readonly HeaderTransform? _requestHeaders;
    private readonly HeaderTransform? _responseHeaders;
    private readonly long? _maxRequestBody;
    private readonly bool _refusesEncodedSlash;
    private readonly DotSegments _dotSegments;
    private readonly ViaHeader? _via;

    /// <param name="options">The route's options.</param>
    /// <param name="counts">What counts the bytes of bodies that it compresses; null for nothing.</param>
    public HttpRoute(HttpRouteOptions options, CompressionCounts? counts = null)
    {
        Timeout = options.Timeout;
        ActivityTimeout = options.ActivityTimeout;
        PreservesHost = options.PreserveHost;
        HostHeader = options.HostHeader.Length > 0 ? options.HostHeader : null;
        Guard = options.Proxy.Guard;
        Forwarded = new ForwardedRules(options.Proxy.Forwarded, options.RequestHeaders);
        Status = options.Proxy.ProxyStatus.Length > 0 ? new ProxyStatus(options.Proxy.ProxyStatus) : null;
        Compression = ResponseCompression.Of(options.CompressionForAll, options.Compression, counts);
        _maintenance = MaintenanceAnswer.Of(options.Maintenance);
        _path = PathTransform.Of(options.Path);
        _requestHeaders = HeaderTransform.Of(options.RequestHeaders, static name => !ForwardedIdentity.IsName(name));
        _responseHeaders = HeaderTransform.Of(options.ResponseHeaders);
        _maxRequestBody = options.MaxRequestBody;
        _refusesEncodedSlash = options.Proxy.EncodedSlash == EncodedSlash.Refuse;
        _dotSegments = _path is not null && options.Proxy.DotSegments == DotSegments.Pass ? DotSegments.Remove : options.Proxy.DotSegments;
        Scope = ScopeOf(options);
        Caching = RouteCaching.Of(options.Cache);
        _via = options.Proxy.Via.Length > 0 ? new ViaHeader(options.Proxy.Via) : null;
    }

    /// <summary>Until the response's head; zero for the pipeline's.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Longest silence of a body; zero for the pipeline's.</summary>
    public TimeSpan ActivityTimeout { get; }

    /// <summary>Whether the backend sees the client's Host; null for what the pipeline says.</summary>
    public bool? PreservesHost { get; }

    /// <summary>The Host that the backend sees instead; null for none.</summary>
    public string? HostHeader { get; }

    public ForwardedRules Forwarded { get; }

    /// <summary>What this route's requests tell a backend that another route's do not; empty for nothing. Routes that tell the same share it.</summary>
    public string Scope { get; }

    /// <summary>What is special about caching; null for nothing.</summary>
    public RouteCaching? Caching { get; }

    /// <summary>Whether targets that begin alike do so for the backend too.</summary>
    public bool KeepsPrefixes => _path is null or { KeepsPrefixes: true };

    /// <summary>Whether a target may be another one where it is stored than where the client asked for it.</summary>
    public bool ChangesTargets => _path is not null || _dotSegments == DotSegments.Remove || Caching is { IgnoresQuery: true };

    /// <summary>Whether the match's parameters go into targets.</summary>
    public bool NeedsMatch => _path is { KeepsPrefixes: false };

    /// <summary>Slows down those who are refused.</summary>
    public OverloadGuard Guard { get; }

    /// <summary>Says how an answer came about; null if nobody wants to know.</summary>
    public ProxyStatus? Status { get; }

    /// <summary>Compresses responses; null if they pass as they are.</summary>
    public ResponseCompression? Compression { get; }

    /// <summary>Begins with a request: whether it goes on to the pipeline, or is answered here.</summary>
    public bool TryBegin(HttpContext context, out Task answer)
    {
        if (_responseHeaders is not null || _via is not null)
        {
            context.Response.OnStarting(static state => ((HttpRoute, HttpContext))state is var (route, context) ? route.FinishAsync(context) : Task.CompletedTask, (this, context));
        }

        if (_maintenance is not null)
        {
            answer = _maintenance.WriteToAsync(context);
            return false;
        }

        if (_via is not null && !_via.TryAdd(context.Request))
        {
            Status?.Add(context.Response, "proxy_loop_detected");
            answer = Problem.Loop.WriteToAsync(context);
            return false;
        }

        if (_maxRequestBody is { } limit && !TryLimit(context, limit))
        {
            Status?.AddFor(context.Response, Problem.BodyTooLarge);
            answer = Problem.BodyTooLarge.WriteToAsync(context);
            return false;
        }

        _requestHeaders?.Apply(context.Request.Headers);
        if (Compression is not null)
        {
            ResponseCompression.Prepare(context.Request);
        }

        answer = Task.CompletedTask;
        return true;
    }

    /// <summary>The target that the backend is asked for; null if it must not be asked.</summary>
    /// <param name="target">Path and query in origin form.</param>
    /// <param name="match">What the route's match has found; only if it is needed.</param>
    public string? TargetOf(string target, RouteMatch match)
    {
        if (_refusesEncodedSlash && RawTarget.HasEncodedSlash(target))
        {
            return null;
        }

        if (_dotSegments == DotSegments.Refuse && RawTarget.HasDotSegmentsWithParameters(target))
        {
            return null;
        }

        if (_dotSegments == DotSegments.Pass && RawTarget.HasDotsBehindEmptySegments(target))
        {
            // What was matched is what is left when the dots are resolved first, and that may not be what the backend reads.
            return null;
        }

        if (_dotSegments != DotSegments.Pass && RawTarget.HasDotSegments(target))
        {
            if (_dotSegments == DotSegments.Refuse)
            {
                return null;
            }

            target = RawTarget.RemoveDotSegments(target);
        }

        if (_path is null)
        {
            return target;
        }

        // A parameter is a part of a segment, and may become a whole one: of "v.." what follows the letter would lead out of where the route leads.
        var made = _path.Apply(target, match);
        return RawTarget.HasDotSegments(made) && !RawTarget.HasDotSegments(target) ? null : made;
    }

    /// <summary>Notes what is said of a response when its head is written.</summary>
    public void Note(HttpContext context, ProxyResponse response)
    {
        if (_via is not null)
        {
            ViaHeader.Note(context, response);
        }
    }

    private static string ScopeOf(HttpRouteOptions options)
    {
        var headers = options.RequestHeaders;
        string[] told =
        [
            options.PreserveHost is { } preserves ? $"preserve-host={preserves}" : "",
            options.HostHeader.Length > 0 ? $"host={options.HostHeader}" : "",
            options.Proxy.Forwarded.Enabled ? "" : "forwarded=off",
            .. headers.Remove.Select(static name => $"-{name}"),
            .. headers.Set.Select(static header => $"{header.Name}={header.Value}"),
            .. headers.Append.Select(static header => $"{header.Name}+={header.Value}"),
        ];
        return string.Join('\n', told.Where(static one => one.Length > 0));
    }

    private static bool TryLimit(HttpContext context, long limit)
    {
        var most = limit == 0 ? null : (long?)limit;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = most;
        }

        return most is null || !(context.Request.ContentLength > most);
    }

    private Task FinishAsync(HttpContext context)
    {
        _responseHeaders?.Apply(context.Response.Headers);
        _via?.AddTo(context.Response);
        return Task.CompletedTask;
    }
}
