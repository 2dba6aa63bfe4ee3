using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Transport;

namespace AkkaPerf.Http.Caching;

/// <summary>Whether what a backend answers speaks of what is stored (RFC 9111, sections 4.3.4 and 4.3.5).</summary>
internal static class UpdateRules
{
    /// <summary>Whether a 304 does: a strong tag names what has the same strong tag, a weak one what has it weakly. One that names nothing speaks of what we asked about.</summary>
    public static bool IsUpdateOf(StoredHead known, BackendResponse message)
    {
        var modified = message["Last-Modified"] is [{ } line] ? line : null;
        if (message["ETag"] is not [{ } told] || !EntityTag.IsValid(told))
        {
            return modified is null || modified == known.LastModified;
        }

        return known.ETag is { } own
            ? EntityTag.IsWeak(told) ? EntityTag.WeakEquals(told, own) : EntityTag.StrongEquals(told, own)
            : modified is not null && modified == known.LastModified;
    }

    /// <summary>Whether the head that answers HEAD does.</summary>
    public static bool IsOfSame(StoredResponse known, BackendResponse message)
    {
        var head = known.Head;
        return !(message.ContentLength is { } length && length != known.Body.Length)
            && (message["ETag"] is not [{ } tag] || (head.ETag is { } own && EntityTag.WeakEquals(tag, own)))
            && (message["Last-Modified"] is not [{ } modified] || modified == head.LastModified);
    }
}
