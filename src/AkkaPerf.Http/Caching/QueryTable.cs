using System.Collections.Concurrent;
using AkkaPerf.Http.Caching.Rules;

namespace AkkaPerf.Http.Caching;

/// <summary>What the resources have said of their queries (No-Vary-Search), by everything before the question mark. Any thread.</summary>
/// <remarks>
/// Rule: a response is stored by what it says itself, and so a key names the rule that it was made by: what says nothing, or something else,
/// is never found by it. Looked up is by what was said last. A path's rules stay known when it says something else: by each of them
/// something may be stored that a change takes. Bounded: a table that is full takes no more, nor does a path that has had many rules; their
/// requests are then told apart by every byte, as without it.
/// </remarks>
internal sealed class QueryTable
{
    private const int Capacity = 10_000;

    // A path whose resources say ever other things is not worth a removal for each of them.
    private const int MostRules = 4;

    private readonly ConcurrentDictionary<string, PathRules> _paths = new(StringComparer.Ordinal);

    /// <summary>The address under which a request is looked up, as far as it is known what matters of its query.</summary>
    public CacheAddress Keyed(in CacheAddress address) =>
        !_paths.IsEmpty && _paths.TryGetValue(PathOf(address), out var known) ? KeyedBy(known.Latest, address) : address;

    /// <summary>The address under which it is by a rule; by its whole target for none.</summary>
    public static CacheAddress KeyedBy(QueryRules? rules, in CacheAddress address)
    {
        if (rules is null)
        {
            return address with { Normal = null };
        }

        // No target has a space.
        var target = address.Target;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return address with { Normal = $"{(query < 0 ? target : target[..query])}{rules.Normalize(query < 0 ? default : target.AsSpan(query + 1))} {rules.Text}" };
    }

    /// <summary>Takes note of what a response says, and gives the address under which it is stored.</summary>
    public CacheAddress Learn(in CacheAddress address, QueryRules? rules)
    {
        var path = PathOf(address);
        if (rules is null)
        {
            while (_paths.TryGetValue(path, out var known) && known.Latest is not null && !_paths.TryUpdate(path, known with { Latest = null }, known))
            {
            }

            return KeyedBy(rules: null, address);
        }

        if (_paths.Count >= Capacity && !_paths.ContainsKey(path))
        {
            return KeyedBy(rules: null, address);
        }

        var learnt = _paths.AddOrUpdate(path, static (_, rules) => new PathRules(rules, [rules]), static (_, known, rules) => known.With(rules), rules);
        return KeyedBy(learnt.Has(rules) ? rules : null, address);
    }

    /// <summary>The keys by which something may be stored of a URL besides the one of its whole target.</summary>
    public IEnumerable<string> KeysOf(CacheAddress address) => _paths.TryGetValue(PathOf(address), out var known)
        ? known.All.Select(rules => KeyedBy(rules, address).Key).OfType<string>()
        : [];

    private static string PathOf(in CacheAddress address)
    {
        var query = address.Target.IndexOf('?', StringComparison.Ordinal);
        return CacheKey.Of(address.Scheme, address.Authority, query < 0 ? address.Target : address.Target[..query]) ?? "";
    }

    // Latest is null where the last response said nothing, or one rule too many.
    private sealed record PathRules(QueryRules? Latest, QueryRules[] All)
    {
        public bool Has(QueryRules rules) => Array.Exists(All, one => one.Text == rules.Text);

        public PathRules With(QueryRules rules) =>
            Has(rules) ? this with { Latest = rules }
            : All.Length < MostRules ? new PathRules(rules, [.. All, rules])
            : this with { Latest = null };
    }
}
