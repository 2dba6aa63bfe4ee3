using System.Buffers;

namespace AkkaPerf.Http.Caching;

/// <summary>What a stored response is known by: scheme, authority and target, the last byte for byte as the backend is asked for it.</summary>
/// <remarks>The pipeline has a cache of its own, so that its name need not be part of it. Variants stand under one key, so that one removal takes all of them.</remarks>
internal static class CacheKey
{
    /// <summary>The key; null if there is no authority to know it by.</summary>
    public static string? Of(string scheme, string authority, string target)
    {
        var rented = ArrayPool<char>.Shared.Rent(scheme.Length + authority.Length + target.Length + 3);
        try
        {
            return TryWrite(scheme, authority, target, rented, out var length) ? new string(rented, 0, length) : null;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    /// <summary>Writes the key; false if there is none, or no room for it.</summary>
    public static bool TryWrite(string scheme, ReadOnlySpan<char> authority, string target, Span<char> key, out int length)
    {
        length = 0;
        authority = WithoutStandardPort(scheme, authority);
        if (authority.IsEmpty || scheme.Length + authority.Length + target.Length + 3 > key.Length)
        {
            return false;
        }

        scheme.CopyTo(key);
        length = scheme.Length;
        "://".CopyTo(key[length..]);
        length += 3;
        length += authority.ToLowerInvariant(key[length..]);
        target.CopyTo(key[length..]);
        length += target.Length;
        return true;
    }

    /// <summary>An authority without the port that its scheme has anyway.</summary>
    public static ReadOnlySpan<char> WithoutStandardPort(string scheme, ReadOnlySpan<char> authority)
    {
        var standard = scheme == "https" ? ":443" : ":80";
        return authority.EndsWith(standard, StringComparison.Ordinal) ? authority[..^standard.Length] : authority;
    }

    /// <summary>The key of a URL that somebody names; null if it is none of HTTP's.</summary>
    public static string? Of(string url) => TrySplit(url, out var address) ? address.Key : null;

    /// <summary>Takes a URL apart, its target as it is written: parsing would change what a backend tells apart.</summary>
    public static bool TrySplit(string url, out CacheAddress address)
    {
        address = default;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || (parsed.Scheme != Uri.UriSchemeHttp && parsed.Scheme != Uri.UriSchemeHttps))
        {
            return false;
        }

        var start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var fragment = url.IndexOf('#', StringComparison.Ordinal);
        var rest = fragment < 0 ? url[start..] : url[start..fragment];
        var path = rest.AsSpan().IndexOfAny('/', '?');
        var target = path < 0 ? "/" : rest[path..];
        address = new CacheAddress(parsed.Scheme, path < 0 ? rest : rest[..path], target.StartsWith('/') ? target : "/" + target, Scope: "");
        return true;
    }
}
