using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Transport;

namespace AkkaPerf.Http.Caching;

/// <summary>Whether what a backend answers speaks of what is stored (RFC 9111, sections 4.3.4 and 4.3.5).</summary>
internal static class UpdateRules
{
    /// <summary>Whether a 304 does: a strong tag names what has the same strong tag, a weak one what has it weakly, a date what has the same.</summary>
    /// <param name="known">What was asked about.</param>
    /// <param name="message">The 304.</param>
    /// <param name="isOnlyOne">Whether nothing else that is stored could have answered the request.</param>
    /// <remarks>One that names nothing speaks of the only one that is stored, if that has nothing to be named by either.</remarks>
    public static bool IsUpdateOf(StoredHead known, BackendResponse message, bool isOnlyOne)
    {
        var modified = message["Last-Modified"] is [{ } line] ? line : null;
        if (message["ETag"] is not [{ } told] || !EntityTag.IsValid(told))
        {
            return modified is null ? isOnlyOne && !known.HasValidator : modified == known.LastModified;
        }

        return known.ETag is { } own
            ? EntityTag.IsWeak(told) ? EntityTag.WeakEquals(told, own) : EntityTag.StrongEquals(told, own)
            : modified is not null && modified == known.LastModified;
    }

    /// <summary>Whether a 304 names nothing: then it says that what was asked about has not changed, and no more.</summary>
    public static bool NamesNothing(BackendResponse message) =>
        (message["ETag"] is not [{ } tag] || !EntityTag.IsValid(tag)) && message["Last-Modified"] is not [{ Length: > 0 }];

    /// <summary>Whether the head that answers HEAD does.</summary>
    public static bool IsOfSame(StoredResponse known, BackendResponse message)
    {
        var head = known.Head;
        return !(message.ContentLength is { } length && length != known.Body.Length)
            && (message["ETag"] is not [{ } tag] || (head.ETag is { } own && EntityTag.WeakEquals(tag, own)))
            && (message["Last-Modified"] is not [{ } modified] || modified == head.LastModified);
    }
}
