using AkkaPerf.Http.Proxying;

namespace AkkaPerf.Http.Caching;

/// <summary>What the answer to an unsafe request names as changed besides its target: by Location and Content-Location, of the same origin alone (RFC 9111, section 4.4).</summary>
internal static class NamedAddresses
{
    public static IEnumerable<CacheAddress> Of(CacheAddress asked, ProxyResponse response)
    {
        if (response is not StreamedResponse streamed)
        {
            yield break;
        }

        if (TryGet(asked, streamed, "Location", out var named))
        {
            yield return named;
        }

        if (TryGet(asked, streamed, "Content-Location", out named))
        {
            yield return named;
        }
    }

    private static bool TryGet(in CacheAddress asked, StreamedResponse response, string field, out CacheAddress named)
    {
        named = default;
        return response.Backend[field] is [{ Length: > 0 } told]
            && Uri.TryCreate($"{asked.Scheme}://{asked.Authority}{asked.Target}", UriKind.Absolute, out var address)
            && Uri.TryCreate(address, told, out var other)
            && Uri.Compare(address, other, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0
            && CacheKey.TrySplit(told.Contains("://", StringComparison.Ordinal) ? told : other.AbsoluteUri, out named);
    }
}
