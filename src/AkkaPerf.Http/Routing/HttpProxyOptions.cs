using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Routing;

/// <summary>What a proxy says of itself and of its clients.</summary>
public sealed class HttpProxyOptions
{
    private const string TokenOrNothing = "^[!#$%&'*+.^_`|~0-9A-Za-z-]*$";

    private OverloadGuard? _guard;

    /// <summary>How backends are told who asks.</summary>
    public ForwardedOptions Forwarded { get; set; } = new();

    /// <summary>The name that <c>Via</c> gets both ways (RFC 9110, section 7.6.3); a request that bears it already is refused with 508. Empty, the default: no <c>Via</c>.</summary>
    [RegularExpression(TokenOrNothing, ErrorMessage = "must be a name without spaces, such as edge-1")]
    public string Via { get; set; } = "";

    /// <summary>The name under which <c>Proxy-Status</c> (RFC 9209) says how an answer came about. Empty, the default: no <c>Proxy-Status</c>.</summary>
    [RegularExpression(TokenOrNothing, ErrorMessage = "must be a name without spaces, such as edge-1")]
    public string ProxyStatus { get; set; } = "";

    /// <summary>What becomes of a path with an encoded slash or backslash, which proxies and backends may read differently; default it passes.</summary>
    public EncodedSlash EncodedSlash { get; set; } = EncodedSlash.Pass;

    /// <summary>What becomes of a path with dot segments; default it passes, unless the route changes the path: then they are removed.</summary>
    public DotSegments DotSegments { get; set; } = DotSegments.Pass;

    /// <summary>What happens to a client's connection when its request was refused because a pipeline is full.</summary>
    public OverloadOptions Overload { get; set; } = new();

    /// <summary>One for all routes that share these options.</summary>
    internal OverloadGuard Guard => LazyInitializer.EnsureInitialized(ref _guard, () => new OverloadGuard(Overload, TimeProvider.System));
}
