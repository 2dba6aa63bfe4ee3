using AkkaPerf.Http.Caching.Rules;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Compression;

/// <summary>Decides what is coded, for whom, and what a head says of it. Allocates nothing but what a head has to say.</summary>
internal sealed class CompressionRules
{
    private static readonly string[] Digests = ["Content-MD5", "Digest", "Content-Digest", "Repr-Digest"];

    private readonly ContentCoding[] _codings;
    private readonly MediaTypes _types;
    private readonly long _minSize;

    public CompressionRules(CompressionOptions options)
    {
        _codings = [.. options.Codings];
        _types = new MediaTypes(options.Types);
        _minSize = Math.Max(1, options.MinSize);
    }

    /// <summary>Whether a response's body could be coded for some client, by its own head; what is answered depends on Accept-Encoding then.</summary>
    /// <param name="status">The status; of a 206 the whole is meant that it is a part of.</param>
    /// <param name="response">The head.</param>
    /// <param name="length">The body's length; null if it is not known.</param>
    public bool IsCodable(int status, IHeaderDictionary response, long? length) =>
        HasBody(status)
        && (length is null || length >= _minSize || status == StatusCodes.Status206PartialContent)
        && response.ContentType is [{ } type]
        && _types.Have(type)
        && response.ContentEncoding.Count == 0
        && (status == StatusCodes.Status206PartialContent || response.ContentRange.Count == 0)

        // A signature may be over the very bytes, or over a digest of them (RFC 9421).
        && !response.ContainsKey("Signature-Input")
        && !Read(response.CacheControl).Has(Directive.NoTransform);

    /// <summary>Whether a body of ours, for everybody, could be coded.</summary>
    public bool IsCodableType(string contentType, long length) => length >= _minSize && _types.Have(contentType);

    /// <summary>Whether a response is for everybody, by its own head, and so holds nobody's secret.</summary>
    public static bool IsForAll(IHeaderDictionary response)
    {
        var control = Read(response.CacheControl);
        return !control.Has(Directive.Private) && (control.Has(Directive.Public) || control.SharedMaxAge is not null);
    }

    /// <summary>The coding in which a request is answered with what <see cref="IsCodable"/>.</summary>
    /// <param name="request">The request's head.</param>
    /// <param name="isForAll">Whether the response is for everybody.</param>
    /// <param name="credentialed">What is coded for who bears credentials.</param>
    public ContentCoding Choose(IHeaderDictionary request, bool isForAll, CredentialedCompression credentialed)
    {
        var accepted = request.AcceptEncoding;
        if (accepted.Count == 0

            // A part of a coded body would be a part of nothing that the backend knows.
            || request.Range.Count > 0
            || !IsSafe(request, isForAll, credentialed)
            || Read(request.CacheControl).Has(Directive.NoTransform))
        {
            return ContentCoding.Identity;
        }

        return AcceptEncoding.Read(accepted).Choose(_codings);
    }

    /// <summary>Has a head say that what is answered depends on Accept-Encoding.</summary>
    public static void AddVary(IHeaderDictionary response)
    {
        var vary = response.Vary;
        if (vary.Count == 0)
        {
            response.Vary = "Accept-Encoding";
        }
        else if (!Has(vary, "Accept-Encoding") && !Has(vary, "*"))
        {
            response.Vary = StringValues.Concat(vary, "Accept-Encoding");
        }
    }

    /// <summary>Has a head say what is true of the coded body: its coding, its entity tag, and nothing that was true of the other bytes alone.</summary>
    public static void Describe(IHeaderDictionary response, ContentCoding coding)
    {
        response.ContentEncoding = CodingNames.Of(coding);
        response.ContentLength = null;
        response.Remove("Accept-Ranges");
        foreach (var name in Digests)
        {
            response.Remove(name);
        }

        if (response.ETag is [{ } tag])
        {
            response.ETag = CodedTags.Suffixed(tag, coding);
        }
    }

    /// <summary>Whether a field, or a trailer, is about the bytes as they were before they were coded.</summary>
    public static bool IsDigest(string name) => Array.Exists(Digests, digest => digest.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static bool HasBody(int status) => status is >= 200 and not (204 or 205 or 304);

    private static bool IsSafe(IHeaderDictionary request, bool isForAll, CredentialedCompression credentialed) => credentialed switch
    {
        CredentialedCompression.Always => true,
        _ when request.Cookie.Count == 0 && request.Authorization.Count == 0 => true,
        CredentialedCompression.Never => false,
        _ when isForAll => true,
        CredentialedCompression.Public => false,

        // No page can make a browser send this field otherwise.
        _ => request["Sec-Fetch-Site"] is ["same-origin" or "none"],
    };

    private static bool Has(StringValues lines, string name)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var members = new ListCursor(lines[i]);
            while (members.MoveNext())
            {
                if (members.Current.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static CacheControl Read(StringValues lines)
    {
        var control = default(CacheControl);
        for (var i = 0; i < lines.Count; i++)
        {
            control.Read(lines[i]);
        }

        return control;
    }
}
