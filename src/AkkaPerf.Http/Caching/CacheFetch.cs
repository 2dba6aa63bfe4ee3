using AkkaPerf.Http.Transport.Wire;

namespace AkkaPerf.Http.Caching;

/// <summary>What the cache asks of a backend in the place of what its client asked: all of it, unless what is stored has not changed.</summary>
/// <param name="Known">What is stored; null for nothing.</param>
/// <param name="Load">Who waits for it, and is counted in the place of the request itself; null for its own client alone.</param>
internal sealed record CacheFetch(StoredResponse? Known, Fill? Load)
{
    public bool IsLoad => Load is not null;

    /// <summary>Whether a field of the client's is not sent.</summary>
    public bool Replaces(string name) =>
        name.Equals("If-None-Match", StringComparison.OrdinalIgnoreCase)
        || name.Equals("If-Modified-Since", StringComparison.OrdinalIgnoreCase)
        || name.Equals("If-Range", StringComparison.OrdinalIgnoreCase)
        || (IsLoad && name.Equals("Range", StringComparison.OrdinalIgnoreCase));

    /// <summary>Adds our conditions to a head.</summary>
    public void Write(ref HeadWriter writer)
    {
        if (Known?.Head.ETag is { } tag)
        {
            writer.WriteField("If-None-Match", tag);
        }

        if (Known?.Head.LastModified is { } modified)
        {
            writer.WriteField("If-Modified-Since", modified);
        }
    }

    /// <summary>Makes the conditions of a request ours (RFC 9111, section 4.3.1).</summary>
    public void Apply(HttpRequestMessage message)
    {
        var headers = message.Headers;
        headers.Remove("If-None-Match");
        headers.Remove("If-Modified-Since");
        headers.Remove("If-Range");
        if (IsLoad)
        {
            // Whoever caused a refresh may want a head or a part; what is stored is the whole.
            message.Method = HttpMethod.Get;
            headers.Remove("Range");
        }

        if (Known?.Head is not { } head)
        {
            return;
        }

        if (head.ETag is { } tag)
        {
            headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        if (head.LastModified is { } modified)
        {
            headers.TryAddWithoutValidation("If-Modified-Since", modified);
        }
    }
}
