using AkkaPerf.Http.Caching.Rules;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Compression;

/// <summary>Entity tags of coded bodies: a strong one ends in the coding's name, for two bodies with different bytes must not share one (RFC 9110, section 8.8.1).</summary>
/// <remarks>A weak one says no more than that both mean the same, which stays true.</remarks>
internal static class CodedTags
{
    private static readonly ContentCoding[] Codings = [ContentCoding.Zstd, ContentCoding.Br, ContentCoding.Gzip];

    /// <summary>The tag of the coded body: <c>"abc"</c> becomes <c>"abc-br"</c>.</summary>
    public static string Suffixed(string tag, ContentCoding coding) =>
        coding == ContentCoding.Identity || EntityTag.IsWeak(tag) || !EntityTag.IsValid(tag)
            ? tag
            : string.Concat(tag.AsSpan(0, tag.Length - 1), CodingNames.SuffixOf(coding), "\"");

    /// <summary>Has a request's conditions name the backend's own tags beside those that we have made of them.</summary>
    /// <remarks>Beside, for a backend may have tags that end so. If-Range stays: a part of the body as it is does not go with a coded one.</remarks>
    public static void AddOriginals(IHeaderDictionary request)
    {
        var none = request.IfNoneMatch;
        if (none.Count > 0)
        {
            request.IfNoneMatch = WithOriginals(none);
        }

        var match = request.IfMatch;
        if (match.Count > 0)
        {
            request.IfMatch = WithOriginals(match);
        }
    }

    /// <summary>The tag of a 304: the one under which the client has the body, which may be a coded one.</summary>
    /// <param name="conditions">If-None-Match, with the originals.</param>
    /// <param name="tag">The body's own tag.</param>
    /// <param name="chosen">The coding in which the body would be sent now.</param>
    public static string OfNotModified(StringValues conditions, string tag, ContentCoding chosen)
    {
        if (conditions.Count == 0 || EntityTag.IsWeak(tag) || !EntityTag.IsValid(tag))
        {
            return tag;
        }

        if (chosen != ContentCoding.Identity && Has(conditions, tag, chosen))
        {
            return Suffixed(tag, chosen);
        }

        foreach (var coding in Codings)
        {
            if (Has(conditions, tag, coding))
            {
                return Suffixed(tag, coding);
            }
        }

        return tag;
    }

    private static bool Has(StringValues conditions, ReadOnlySpan<char> tag, ContentCoding coding)
    {
        for (var i = 0; i < conditions.Count; i++)
        {
            var members = new ListCursor(conditions[i]);
            while (members.MoveNext())
            {
                if (TryOriginal(members.Current, out var length, out var found) && found == coding && EntityTag.WeakEquals(Original(members.Current, length), tag))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static StringValues WithOriginals(StringValues lines)
    {
        string? originals = null;
        for (var i = 0; i < lines.Count; i++)
        {
            var members = new ListCursor(lines[i]);
            while (members.MoveNext())
            {
                if (TryOriginal(members.Current, out var length, out _))
                {
                    originals = string.Concat(originals, originals is null ? "" : ", ", Original(members.Current, length));
                }
            }
        }

        return originals is null ? lines : lines.Count == 1 ? new StringValues($"{lines[0]}, {originals}") : StringValues.Concat(lines, originals);
    }

    private static string Original(ReadOnlySpan<char> tag, int length) => string.Concat(tag[..length], "\"");

    // How much of a tag is its original's, but for the quotation mark that ends it.
    private static bool TryOriginal(ReadOnlySpan<char> tag, out int length, out ContentCoding coding)
    {
        foreach (var known in Codings)
        {
            var suffix = CodingNames.SuffixOf(known);
            if (tag.Length > suffix.Length + 2 && tag[^1] == '"' && tag[..^1].EndsWith(suffix, StringComparison.Ordinal) && EntityTag.IsValid(tag))
            {
                (length, coding) = (tag.Length - 1 - suffix.Length, known);
                return true;
            }
        }

        (length, coding) = (0, ContentCoding.Identity);
        return false;
    }
}
