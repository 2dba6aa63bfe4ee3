namespace AkkaPerf.Http.Caching.Rules;

/// <summary>Evaluates a request's conditions against a stored response (RFC 9110, section 13.2.2; RFC 9111, section 4.3.2).</summary>
internal static class Precondition
{
    /// <summary>Whether the request is to be answered 304: the client has what is stored.</summary>
    /// <param name="request">The request's fields.</param>
    /// <param name="etag">The stored entity tag; null for none.</param>
    /// <param name="lastModified">When it was changed last, or when it was made if that is not told; null if neither is.</param>
    /// <param name="now">The wall clock, which tells the century of old dates.</param>
    public static bool IsNotModified<TFields>(TFields request, string? etag, DateTimeOffset? lastModified, DateTimeOffset now)
        where TFields : IFieldSource
    {
        var tags = request["If-None-Match"];
        if (tags.Count > 0)
        {
            for (var i = 0; i < tags.Count; i++)
            {
                if (EntityTag.ListHas(tags[i], etag))
                {
                    return true;
                }
            }

            return false;
        }

        return lastModified is { } changed
            && request["If-Modified-Since"] is [{ } since]
            && HttpDate.TryParse(since, now, out var known)
            && changed <= known;
    }

    /// <summary>Whether a Range field counts: If-Range is not there, or says what is stored, by the strong comparison.</summary>
    /// <param name="request">The request's fields.</param>
    /// <param name="etag">The stored entity tag; null for none.</param>
    /// <param name="lastModified">The stored Last-Modified, if it is a strong validator; null if it is none.</param>
    /// <param name="now">The wall clock, which tells the century of old dates.</param>
    public static bool RangeCounts<TFields>(TFields request, string? etag, string? lastModified, DateTimeOffset now)
        where TFields : IFieldSource
    {
        var condition = request["If-Range"];
        if (condition.Count == 0)
        {
            return true;
        }

        if (condition is not [{ } text])
        {
            return false;
        }

        if (EntityTag.IsValid(text))
        {
            return etag is not null && EntityTag.StrongEquals(text, etag);
        }

        // A date must be exactly the one that is stored (RFC 9110, section 13.1.5).
        return lastModified is not null
            && HttpDate.TryParse(text, now, out var asked)
            && HttpDate.TryParse(lastModified, now, out var known)
            && asked == known;
    }
}
