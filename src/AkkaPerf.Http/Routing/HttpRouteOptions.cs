using System.ComponentModel.DataAnnotations;
using AkkaPerf.Http.Compression;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AkkaPerf.Http.Routing;

/// <summary>What a route asks of requests besides pattern, host and method, and what it changes on the way.</summary>
public class HttpRouteOptions
{
    /// <summary>Headers that the request must have. Those that its <c>Connection</c> names count, for they are for this hop; the backend does not get them.</summary>
    public IList<ValueMatchOptions> Headers { get; set; } = [];

    /// <summary>Query parameters that the request must have.</summary>
    public IList<ValueMatchOptions> Query { get; set; } = [];

    /// <summary>Of routes that take the same request, the lower goes first; -1000 to 1000, default 0: the more specific one does.</summary>
    [Range(-1000, 1000)]
    public int Order { get; set; }

    /// <summary>Until the response's head, waiting included; 0 s to 24 h, default 0 s = the pipeline's.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Timeout { get; set; }

    /// <summary>After the response's head: longest silence of a body, either way; 0 s to 1 h, default 0 s = the pipeline's.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ActivityTimeout { get; set; }

    /// <summary>Larger request bodies are refused with 413; 0 B to 1 TiB, 0 B = no limit, default null = the server's.</summary>
    [DataType("size")]
    [Range(0L, 1024L * 1024 * 1024 * 1024)]
    public long? MaxRequestBody { get; set; }

    /// <summary>Whether the backend sees the client's Host; default null = as the pipeline says.</summary>
    public bool? PreserveHost { get; set; }

    /// <summary>The Host that the backend sees instead; empty, the default: none.</summary>
    [RegularExpression(@"^(([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?)?$", ErrorMessage = "must be a host such as shop.internal or shop.internal:8080")]
    public string HostHeader { get; set; } = "";

    /// <summary>What becomes of the path.</summary>
    public PathTransformOptions Path { get; set; } = new();

    /// <summary>What becomes of the request's headers.</summary>
    public HeaderTransformOptions RequestHeaders { get; set; } = new();

    /// <summary>What becomes of the response's headers, our own answers included.</summary>
    public HeaderTransformOptions ResponseHeaders { get; set; } = new();

    /// <summary>What the cache does differently.</summary>
    public HttpCacheRouteOptions Cache { get; set; } = new();

    /// <summary>An answer of its own.</summary>
    public MaintenanceOptions Maintenance { get; set; } = new();

    /// <summary>Whether bodies are compressed on their way, and for whom. In code nothing is, unless this says so or <see cref="Use(CompressionOptions)"/> was called.</summary>
    public RouteCompressionOptions Compression { get; set; } = new();

    /// <summary>How all routes compress; null if that was not said.</summary>
    internal CompressionOptions? CompressionForAll { get; private set; }

    /// <summary>What is said of the proxy and of its clients.</summary>
    public HttpProxyOptions Proxy { get; private set; } = new();

    /// <summary>Has the same said as elsewhere.</summary>
    public HttpRouteOptions Use(HttpProxyOptions proxy)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        Proxy = proxy;
        return this;
    }

    /// <summary>Compresses as elsewhere, with the same coders, unless the route says otherwise.</summary>
    public HttpRouteOptions Use(CompressionOptions compression)
    {
        ArgumentNullException.ThrowIfNull(compression);
        CompressionForAll = compression;
        return this;
    }

    /// <summary>The parameter that <see cref="PathTransformOptions.Pattern"/> takes from a match that does not give it; null if there is none.</summary>
    /// <param name="match">The route's pattern.</param>
    public string? MissingParameter(string match)
    {
        ArgumentNullException.ThrowIfNull(match);
        if (Path.Pattern.Length == 0 || PathPattern.ProblemOf(Path.Pattern) is not null)
        {
            return null;
        }

        var given = RoutePatternFactory.Parse(match).Parameters.Select(static parameter => parameter.Name);
        return PathPattern.ParametersOf(Path.Pattern).Except(given, StringComparer.OrdinalIgnoreCase).FirstOrDefault();
    }
}
