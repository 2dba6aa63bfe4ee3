using System.Collections.Concurrent;
using AkkaPerf.Http.Caching.Rules;

namespace AkkaPerf.Http.Caching;

/// <summary>What the resources have said of their queries (No-Vary-Search), by everything before the question mark. Any thread.</summary>
/// <remarks>Bounded: one that is full takes no more, whose requests are then told apart by every byte, as without it.</remarks>
internal sealed class QueryTable
{
    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<string, QueryRules> _rules = new(StringComparer.Ordinal);

    /// <summary>The address under which a request is stored, as far as it is known what matters of its query.</summary>
    public CacheAddress Keyed(in CacheAddress address)
    {
        var query = address.Target.IndexOf('?', StringComparison.Ordinal);
        return !_rules.IsEmpty && _rules.TryGetValue(PathOf(address, query), out var rules)
            ? address with { Target = (query < 0 ? address.Target : address.Target[..query]) + rules.Normalize(query < 0 ? default : address.Target.AsSpan(query + 1)) }
            : address;
    }

    /// <summary>Takes note of what a response says.</summary>
    public void Learn(in CacheAddress address, QueryRules? rules)
    {
        var path = PathOf(address, address.Target.IndexOf('?', StringComparison.Ordinal));
        if (rules is null)
        {
            _rules.TryRemove(path, out _);
        }
        else if (_rules.Count < Capacity || _rules.ContainsKey(path))
        {
            _rules[path] = rules;
        }
    }

    private static string PathOf(in CacheAddress address, int query) =>
        CacheKey.Of(address.Scheme, address.Authority, query < 0 ? address.Target : address.Target[..query]) ?? "";
}
