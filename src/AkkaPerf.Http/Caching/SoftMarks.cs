using System.Collections.Concurrent;

namespace AkkaPerf.Http.Caching;

/// <summary>What operators have said is fresh no more, though it is kept: what was asked for before a mark that names it is stale from that moment on. Any thread.</summary>
/// <remarks>
/// Of this process, and, from the second level, of those before it and of those that share it: see <see cref="SoftMarksStore"/>. A stored response remembers what was found for it until there is another mark, so that a hit costs one comparison, and
/// nothing while nothing was ever marked. Too many marks become one of everything, which is stale then, and asked for again.
/// </remarks>
internal sealed class SoftMarks
{
    // About 2 MB.
    private const int Most = 10_000;

    // Each is looked at for each response after each mark.
    private const int MostPrefixes = 256;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, long> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _tags = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _prefixes = new(StringComparer.Ordinal);
    private long _all = long.MinValue;
    private int _version;

    /// <summary>Grows with every mark; 0 before the first.</summary>
    public int Version => Volatile.Read(ref _version);

    public void MarkKey(string key, long now) => Mark(_keys, key, Most, now);

    public void MarkTag(string tag, long now) => Mark(_tags, tag, Most, now);

    public void MarkPrefix(string prefix, long now) => Mark(_prefixes, prefix, MostPrefixes, now);

    public void MarkAll(long now)
    {
        lock (_gate)
        {
            MarkAllLocked(now);
            Publish();
        }
    }

    /// <summary>All of them.</summary>
    public SoftMarksSnapshot ToSnapshot()
    {
        lock (_gate)
        {
            return new SoftMarksSnapshot(_all, [.. _keys], [.. _tags], [.. _prefixes]);
        }
    }

    /// <summary>Adds what was marked elsewhere, or before; of two marks of the same the later one counts.</summary>
    public void Add(SoftMarksSnapshot others)
    {
        if (others.IsEmpty)
        {
            return;
        }

        lock (_gate)
        {
            Volatile.Write(ref _all, Math.Max(_all, others.All));
            AddLocked(_keys, others.Keys);
            AddLocked(_tags, others.Tags);
            AddLocked(_prefixes, others.Prefixes);
            if (_keys.Count > Most || _tags.Count > Most || _prefixes.Count > MostPrefixes)
            {
                MarkAllLocked(ToSnapshot().Merged().All);
            }

            Publish();
        }
    }

    /// <summary>Since when a response is stale because a mark says so, as a timestamp; the largest number if none does.</summary>
    public long StaleSince(string key, StoredHead head)
    {
        var since = long.MaxValue;
        Take(Volatile.Read(ref _all));
        if (_keys.TryGetValue(key, out var at))
        {
            Take(at);
        }

        foreach (var tag in head.Tags)
        {
            if (_tags.TryGetValue(tag, out at))
            {
                Take(at);
            }
        }

        foreach (var (prefix, marked) in _prefixes)
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                Take(marked);
            }
        }

        return since;

        void Take(long marked)
        {
            if (marked >= head.AskedAt)
            {
                since = Math.Min(since, marked);
            }
        }
    }

    private void Mark(ConcurrentDictionary<string, long> marks, string name, int most, long now)
    {
        lock (_gate)
        {
            if (marks.Count >= most && !marks.ContainsKey(name))
            {
                MarkAllLocked(now);
            }
            else
            {
                marks[name] = now;
            }

            Publish();
        }
    }

    private static void AddLocked(ConcurrentDictionary<string, long> marks, KeyValuePair<string, long>[] others)
    {
        foreach (var (name, at) in others)
        {
            marks.AddOrUpdate(name, static (_, other) => other, static (_, known, other) => Math.Max(known, other), at);
        }
    }

    private void MarkAllLocked(long now)
    {
        Volatile.Write(ref _all, now);
        _keys.Clear();
        _tags.Clear();
        _prefixes.Clear();
    }

    // A mark is there before its version: who sees the version finds the mark.
    private void Publish() => Volatile.Write(ref _version, _version + 1);
}
