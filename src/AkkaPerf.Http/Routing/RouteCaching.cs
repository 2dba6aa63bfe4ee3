namespace AkkaPerf.Http.Routing;

/// <summary>An <see cref="HttpCacheRouteOptions"/> ready for use.</summary>
internal sealed class RouteCaching
{
    private readonly HashSet<string> _ignored;

    private RouteCaching(HttpCacheRouteOptions options)
    {
        IsBypassed = options.Mode == HttpCacheMode.Bypass;
        IsForced = options.Mode == HttpCacheMode.Force;
        Ttl = options.Ttl > TimeSpan.Zero ? options.Ttl : null;
        IgnoresClients = options.IgnoreClients;
        KeyHeaders = [.. options.KeyHeaders];
        _ignored = new HashSet<string>(options.IgnoreQuery, StringComparer.Ordinal);
    }

    public bool IsBypassed { get; }

    public bool IsForced { get; }

    /// <summary>The life of what is stored; null for its own.</summary>
    public TimeSpan? Ttl { get; }

    public bool IgnoresClients { get; }

    public string[] KeyHeaders { get; }

    /// <summary>Whether some parameters make no difference.</summary>
    public bool IgnoresQuery => _ignored.Count > 0;

    /// <summary>What options say; null if they say nothing.</summary>
    public static RouteCaching? Of(HttpCacheRouteOptions options) =>
        options is { Mode: HttpCacheMode.Auto, IgnoreClients: false, IgnoreQuery.Count: 0, KeyHeaders.Count: 0 } && options.Ttl == TimeSpan.Zero
            ? null
            : new RouteCaching(options);

    /// <summary>The target as it is keyed: without what makes no difference.</summary>
    public string Keyed(string target)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        if (_ignored.Count == 0 || query < 0)
        {
            return target;
        }

        // A backend may take a semicolon for the end of a parameter: what stands behind it is then another one, which was not to be ignored.
        var kept = target[(query + 1)..].Split('&').Where(part => !_ignored.Contains(NameOf(part)) || part.Contains(';', StringComparison.Ordinal)).ToArray();
        return kept.Length == 0 ? target[..query] : $"{target[..query]}?{string.Join('&', kept)}";

        static string NameOf(string part) => part.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0 ? part[..equals] : part;
    }
}
