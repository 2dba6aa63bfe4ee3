using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Caching.Rules;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Assets;

/// <summary>Evaluates a request's conditions in the order of RFC 9110, section 13.2.2.</summary>
internal static class AssetConditions
{
    /// <summary>The status that the conditions lead to: 200, or 304 or 412 instead.</summary>
    public static int StatusOf(HttpRequest request, in AssetChoice choice, DateTimeOffset now)
    {
        var headers = request.Headers;
        if (headers.IfMatch.Count > 0)
        {
            if (!Matches(headers.IfMatch, choice.ETag))
            {
                return StatusCodes.Status412PreconditionFailed;
            }
        }
        else if (headers.IfUnmodifiedSince is [{ } since] && HttpDate.TryParse(since, now, out var known) && choice.Asset.LastModified > known)
        {
            return StatusCodes.Status412PreconditionFailed;
        }

        return (headers.IfNoneMatch.Count > 0 || headers.IfModifiedSince.Count > 0)
            && Precondition.IsNotModified(new ContextFields(headers), choice.ETag, choice.Asset.LastModified, now)
                ? StatusCodes.Status304NotModified
                : StatusCodes.Status200OK;
    }

    /// <summary>The parts asked for; null if all of it is, empty if none of them is in the body.</summary>
    public static List<ByteRange>? RangesOf(HttpRequest request, in AssetChoice choice, DateTimeOffset now) =>
        HttpMethods.IsGet(request.Method)
        && request.Headers.Range is [{ } range]
        && Precondition.RangeCounts(new ContextFields(request.Headers), choice.ETag, StrongLastModified(choice.Asset, now), now)
            ? ByteRange.Parse(range, choice.Length)
            : null;

    // Within the second it may have been another one (section 8.8.2.2).
    private static string? StrongLastModified(Asset asset, DateTimeOffset now) => now - asset.LastModified >= TimeSpan.FromSeconds(1) ? asset.LastModifiedText : null;

    // The strong comparison (section 13.1.1).
    private static bool Matches(Microsoft.Extensions.Primitives.StringValues lines, string etag)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var members = new ListCursor(lines[i]);
            while (members.MoveNext())
            {
                if (members.Current is "*" || EntityTag.StrongEquals(members.Current, etag))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
