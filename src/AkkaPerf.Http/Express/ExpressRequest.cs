using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace AkkaPerf.Http.Express;

/// <summary>A request without a body, used again for the next one on its connection.</summary>
internal sealed class ExpressRequest : HttpRequest
{
    private readonly ExpressContext _context;

    // The last one's: a client often asks for the same again.
    private string _target = "/";
    private string _path = "/";
    private int _pathLength = 1;
    private bool _isHead;
    private string? _method;
    private string? _scheme;
    private PathString? _setPath;
    private PathString _pathBase;
    private QueryString? _query;
    private IQueryCollection? _queries;
    private RouteValueDictionary? _values;
    private IRequestCookieCollection? _cookies;

    public ExpressRequest(ExpressContext context, string scheme)
    {
        _context = context;
        ServerScheme = scheme;
    }

    /// <summary>The fields.</summary>
    public ExpressFields Fields { get; } = new();

    /// <summary>The scheme of the connection.</summary>
    public string ServerScheme { get; }

    /// <summary>The target, byte for byte.</summary>
    public string RawTarget => _target;

    /// <summary>Whether it came as HEAD, whatever has been made of it.</summary>
    public bool IsHead => _isHead;

    /// <summary>Whether the client wants no other answer on its connection.</summary>
    public bool IsLast { get; set; }

    public override HttpContext HttpContext => _context;

    public override string Method
    {
        get => _method ?? (_isHead ? HttpMethods.Head : HttpMethods.Get);
        set => _method = value;
    }

    public override string Scheme
    {
        get => _scheme ?? ServerScheme;
        set => _scheme = value;
    }

    public override bool IsHttps
    {
        get => Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
        set => Scheme = value ? "https" : "http";
    }

    public override HostString Host
    {
        get => new(Fields["Host"].ToString());
        set => Fields["Host"] = value.ToUriComponent();
    }

    public override PathString PathBase
    {
        get => _pathBase;
        set => _pathBase = value;
    }

    public override PathString Path
    {
        get => _setPath ?? new(_path);
        set => _setPath = value;
    }

    public override QueryString QueryString
    {
        get => _query ?? (_pathLength == _target.Length ? default : new(_target[_pathLength..]));
        set
        {
            _query = value;
            _queries = null;
        }
    }

    public override IQueryCollection Query
    {
        get => _context.Exchanged<IQueryFeature>()?.Query ?? (_queries ??= QueryOf(QueryString));
        set => _queries = value;
    }

    public override string Protocol { get; set; } = HttpProtocol.Http11;

    public override IHeaderDictionary Headers => Fields;

    public override IRequestCookieCollection Cookies
    {
        get => _context.Exchanged<IRequestCookiesFeature>()?.Cookies ?? (_cookies ??= new RequestCookiesFeature(_context.Features).Cookies);
        set => _cookies = value;
    }

    public override long? ContentLength
    {
        get => null;
        set => throw new InvalidOperationException("The request has no body.");
    }

    public override string? ContentType
    {
        get => Fields["Content-Type"];
        set => Fields["Content-Type"] = value;
    }

    public override Stream Body { get; set; } = Stream.Null;

    public override PipeReader BodyReader => PipeReader.Create(Body);

    public override bool HasFormContentType => false;

    public override IFormCollection Form
    {
        get => throw new InvalidOperationException("The request has no body, so it has no form.");
        set => throw new InvalidOperationException("The request has no body, so it has no form.");
    }

    public override RouteValueDictionary RouteValues
    {
        get => _context.Exchanged<IRouteValuesFeature>()?.RouteValues ?? OwnRouteValues;
        set
        {
            if (_context.Exchanged<IRouteValuesFeature>() is { } other)
            {
                other.RouteValues = value;
            }
            else
            {
                OwnRouteValues = value;
            }
        }
    }

    /// <summary>The route's values, unless somebody has exchanged them as a feature.</summary>
    [AllowNull]
    public RouteValueDictionary OwnRouteValues
    {
        get => _values ??= [];
        set => _values = value;
    }

    public override Task<IFormCollection> ReadFormAsync(CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException("The request has no body, so it has no form.");

    /// <summary>Forgets the request before.</summary>
    public void Clear()
    {
        Fields.Clear();
        IsLast = false;
        _method = null;
        _scheme = null;
        _setPath = null;
        _pathBase = default;
        _query = null;
        _queries = null;
        _values = null;
        _cookies = null;
        Protocol = HttpProtocol.Http11;
        Body = Stream.Null;
    }

    /// <summary>Takes a request line.</summary>
    /// <param name="isHead">Whether the method is HEAD; else it is GET.</param>
    /// <param name="target">The target, in ASCII.</param>
    /// <param name="pathLength">How much of it is the path, in which nothing is encoded.</param>
    public void Begin(bool isHead, ReadOnlySpan<byte> target, int pathLength)
    {
        _isHead = isHead;
        if (Ascii.Equals(target, _target))
        {
            return;
        }

        _target = Encoding.ASCII.GetString(target);
        _pathLength = pathLength;
        _path = pathLength == target.Length ? _target : _target[..pathLength];
    }

    private static QueryCollection QueryOf(QueryString query) =>
        query.HasValue ? new QueryCollection(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query.Value)) : QueryCollection.Empty;
}
