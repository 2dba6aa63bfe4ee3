using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Compression;

/// <summary>What a route does to have its responses compressed.</summary>
internal sealed class ResponseCompression
{
    private readonly Compressor _compressor;
    private readonly CredentialedCompression _credentialed;

    public ResponseCompression(Compressor compressor, CredentialedCompression credentialed, CompressionCounts? counts = null)
    {
        _compressor = compressor;
        _credentialed = credentialed;
        Counts = counts;
    }

    /// <summary>Decides and describes.</summary>
    public CompressionRules Rules => _compressor.Rules;

    /// <summary>Encodes what is kept.</summary>
    public EncodingWork Work => _compressor.Work;

    /// <summary>What counts the bytes; null for nothing.</summary>
    public CompressionCounts? Counts { get; }

    /// <summary>For a route; null if it compresses nothing.</summary>
    /// <param name="options">What is so for all routes; null for what the options' class says.</param>
    /// <param name="route">What the route says.</param>
    /// <param name="counts">What counts the bytes; null for nothing.</param>
    public static ResponseCompression? Of(CompressionOptions? options, RouteCompressionOptions route, CompressionCounts? counts = null)
    {
        if (!(route.Enabled ?? options?.Enabled ?? false))
        {
            return null;
        }

        options ??= new CompressionOptions();
        return new ResponseCompression(options.Compressor, route.Credentialed ?? options.Credentialed, counts);
    }

    /// <summary>Readies a request: its conditions may name entity tags that the backend does not know.</summary>
    public static void Prepare(HttpRequest request) => CodedTags.AddOriginals(request.Headers);

    /// <summary>The coding in which a request is answered with a codable response.</summary>
    public ContentCoding Choose(HttpRequest request, bool isForAll) => Rules.Choose(request.Headers, isForAll, _credentialed);

    /// <summary>Begins with a response whose head is written: changes the head as it must be, and codes the body if it is to be coded; null if it is not.</summary>
    /// <param name="context">The request and the response.</param>
    /// <param name="length">The body's length as it is; null if it is not known.</param>
    public CodedBody? Begin(HttpContext context, long? length)
    {
        var response = context.Response;
        var headers = response.Headers;
        if (response.StatusCode == StatusCodes.Status304NotModified)
        {
            NameKnown(context.Request, headers);
            return null;
        }

        if (!Rules.IsCodable(response.StatusCode, headers, length))
        {
            return null;
        }

        CompressionRules.AddVary(headers);
        if (response.StatusCode == StatusCodes.Status206PartialContent)
        {
            return null;
        }

        var coding = Choose(context.Request, CompressionRules.IsForAll(headers));
        if (coding == ContentCoding.Identity || EffortFor(context.Request) is not { } effort)
        {
            return null;
        }

        CompressionRules.Describe(headers, coding);
        return new CodedBody(_compressor.Encoders, coding, effort, length) { Counts = Counts };
    }

    // Who refuses the body as it is gets it coded, however busy we are.
    private CompressionEffort? EffortFor(HttpRequest request) =>
        _compressor.Effort
        ?? (AcceptEncoding.Read(request.Headers.AcceptEncoding).RefusesIdentity ? CompressionEffort.Fast : (CompressionEffort?)null);

    // The client has the body under the tag that a 200 would bear.
    private void NameKnown(HttpRequest request, IHeaderDictionary headers)
    {
        if (headers.ETag is not [{ } tag] || request.Headers.IfNoneMatch is not { Count: > 0 } conditions)
        {
            return;
        }

        var known = CodedTags.OfNotModified(conditions, tag, Choose(request, CompressionRules.IsForAll(headers)));
        if (known != tag)
        {
            headers.ETag = known;
            CompressionRules.AddVary(headers);
        }
    }
}
