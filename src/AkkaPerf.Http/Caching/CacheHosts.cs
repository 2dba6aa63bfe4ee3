using System.Collections.Frozen;

namespace AkkaPerf.Http.Caching;

/// <summary>The hosts of which anything is kept. Any thread; a look allocates nothing.</summary>
/// <remarks>
/// Problem: a host is part of the key, and clients choose it: whoever makes names up fills the cache with what nobody asks for. Rule: of what is
/// not named nothing is looked up and nothing is kept. Names are compared as keys have them: in any case, without the scheme's own port.
/// </remarks>
internal sealed class CacheHosts
{
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _names;
    private readonly string[] _endings;

    private CacheHosts(IEnumerable<string> hosts)
    {
        var all = hosts.ToLookup(static host => host.StartsWith("*.", StringComparison.Ordinal));
        _names = all[false].ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        _endings = [.. all[true].Select(static host => host[1..])];
    }

    /// <summary>What options say; null if they allow all.</summary>
    public static CacheHosts? Of(IList<string> hosts) => hosts.Count == 0 ? null : new CacheHosts(hosts);

    /// <summary>Whether an authority is one of them.</summary>
    public bool Have(string scheme, ReadOnlySpan<char> authority)
    {
        authority = CacheKey.WithoutStandardPort(scheme, authority);
        if (_names.Contains(authority))
        {
            return true;
        }

        foreach (var ending in _endings)
        {
            if (authority.Length > ending.Length && authority.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
