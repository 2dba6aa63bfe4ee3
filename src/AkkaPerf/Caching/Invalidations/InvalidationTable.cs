using System.Collections.Concurrent;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Invalidations;

/// <summary>What has been invalidated, as this process knows it.</summary>
/// <remarks>
/// Problem: to forget by tag, prefix or as a whole at the cost of one mark, and to see it at once in every look-up.
/// Rule: each invalidation begins a new version. An entry remembers the version at which it was last found valid, at first the one at
/// which its load began; it is invalid if a mark that names it is younger. So an entry costs one comparison while nothing is
/// invalidated, one memory read per tag after that, and a load that was under way stores nothing that is valid. Entries of the
/// second level come from other processes and are compared by the clock on the wall instead, with a tolerance.
/// Look-ups are lock-free: a mark is published before its version.
/// </remarks>
internal sealed class InvalidationTable
{
    // Marks are forgotten beyond this, after the first level has been swept; 65,536 tags are about 10 MB.
    private const int MaxTags = 65_536;

    // Each is looked at for each entry after each change; the oldest become one invalidation of everything before them.
    private const int MaxPrefixes = 256;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, InvalidationMark> _tags = new(StringComparer.Ordinal);
    private readonly KeyMarks _keys;
    private readonly TimeSpan _tolerance;
    private (string Prefix, InvalidationMark Mark)[] _prefixes = [];
    private InvalidationMark _all = InvalidationMark.Never;
    private int _version;

    // Tagged entries that were not found valid since are not trusted: the marks that might name them are forgotten.
    private int _tagFloor;

    public InvalidationTable(TimeSpan tolerance = default)
    {
        _tolerance = tolerance;
        _keys = new KeyMarks(tolerance);
    }

    /// <summary>Grows with every invalidation. Any thread.</summary>
    public int Version => Volatile.Read(ref _version);

    public int Tags => _tags.Count;

    /// <summary>Single keys of which it is known when they were changed.</summary>
    public int Keys => _keys.Count;

    /// <summary>Whether so many marks are kept that the first level should be swept and the marks forgotten.</summary>
    public bool IsFull => _tags.Count > MaxTags || _keys.IsFull;

    /// <summary>Takes an invalidation; false if as young a one is known already. Any thread.</summary>
    /// <param name="invalidation">What is invalid.</param>
    /// <param name="isForced">Whether it counts however young the known one is: it was asked for here and now.</param>
    public bool Apply(in Invalidation invalidation, bool isForced = false)
    {
        lock (_gate)
        {
            var known = FindLocked(invalidation);
            if (!isForced && invalidation.At <= known.At)
            {
                return false;
            }

            var mark = new InvalidationMark(_version + 1, invalidation.At > known.At ? invalidation.At : known.At);
            switch (invalidation.Kind)
            {
                case InvalidationKind.All:
                    Volatile.Write(ref _all, mark);
                    break;
                case InvalidationKind.Tag:
                    _tags[invalidation.Name] = mark;
                    break;
                default:
                    AddPrefixLocked(invalidation.Name, mark);
                    break;
            }

            Volatile.Write(ref _version, mark.Version);
            return true;
        }
    }

    /// <summary>A single key is changed here; says at which moment, which is later than any that is known. Any thread.</summary>
    public DateTimeOffset NoteOwnKey(string name, DateTimeOffset at)
    {
        lock (_gate)
        {
            return _keys.Own(name, at);
        }
    }

    /// <summary>Takes which single keys were changed elsewhere; false if all of it is known. Any thread.</summary>
    public bool ApplyKeys(IEnumerable<KeyValuePair<string, DateTimeOffset>> changes)
    {
        lock (_gate)
        {
            if (!_keys.Apply(changes, _version + 1))
            {
                return false;
            }

            Volatile.Write(ref _version, _version + 1);
            return true;
        }
    }

    /// <summary>Whether an entry has not been invalidated since it was made. Any thread.</summary>
    public bool IsValid<TKey>(CacheEntry entry, TKey key, Func<TKey, string> textOf)
    {
        var version = Version;
        if (entry.CheckedAt == version)
        {
            return true;
        }

        if (!IsValidSince(entry.CheckedAt, key, textOf, entry.Tags, entry.MadeAtUtc))
        {
            return false;
        }

        entry.CheckedAt = version;
        return true;
    }

    /// <summary>Whether nothing that names a key or one of these tags was invalidated after a version. Any thread.</summary>
    /// <param name="version">The version.</param>
    /// <param name="key">The key.</param>
    /// <param name="textOf">Its text.</param>
    /// <param name="tags">The tags.</param>
    /// <param name="madeAtUtc">When what is asked for was made, in ticks; 0 if that cannot be told.</param>
    public bool IsValidSince<TKey>(int version, TKey key, Func<TKey, string> textOf, IReadOnlyList<string> tags, long madeAtUtc = 0)
    {
        if (Volatile.Read(ref _all).Version > version
            || (tags.Count > 0 && version < Volatile.Read(ref _tagFloor))
            || !_keys.IsValidSince(version, key, textOf, madeAtUtc))
        {
            return false;
        }

        for (var i = 0; i < tags.Count; i++)
        {
            if (_tags.TryGetValue(tags[i], out var mark) && mark.Version > version)
            {
                return false;
            }
        }

        var prefixes = Volatile.Read(ref _prefixes);
        if (prefixes.Length == 0 || prefixes[^1].Mark.Version <= version)
        {
            return true;
        }

        var text = textOf(key);
        return !prefixes.Any(prefix => prefix.Mark.Version > version && text.StartsWith(prefix.Prefix, StringComparison.Ordinal));
    }

    /// <summary>Whether an entry that another process may have made has not been invalidated since. A tag that is not known, or has just been forgotten, may have been.</summary>
    public bool IsValidAfter(DateTimeOffset madeAt, string key, IReadOnlyList<string> tags)
    {
        var trusted = madeAt - _tolerance;
        return !IsYounger(Volatile.Read(ref _all))
            && _keys.IsValidAfter(madeAt, key)
            && !tags.Any(tag => !_tags.TryGetValue(tag, out var mark) || IsYounger(mark))
            && !Volatile.Read(ref _prefixes).Any(prefix => IsYounger(prefix.Mark) && key.StartsWith(prefix.Prefix, StringComparison.Ordinal));

        bool IsYounger(InvalidationMark mark) => mark.At > DateTimeOffset.MinValue && mark.At >= trusted;
    }

    public bool Knows(string tag) => _tags.ContainsKey(tag);

    /// <summary>Takes note of what the second level says of a tag: when it was last invalidated, or that it never was.</summary>
    public void Learn(string tag, DateTimeOffset? at)
    {
        if (at is { } moment)
        {
            Apply(new Invalidation(InvalidationKind.Tag, tag, moment));
        }
        else
        {
            _tags.TryAdd(tag, InvalidationMark.Never);
        }
    }

    /// <summary>Stops trusting tagged entries that were not found valid at this version or later, and forgets the marks up to it.</summary>
    public void ForgetTags(int version)
    {
        lock (_gate)
        {
            foreach (var tag in _tags.Where(tag => tag.Value.Version <= version))
            {
                _tags.TryRemove(tag);
            }

            Volatile.Write(ref _tagFloor, Math.Max(_tagFloor, version));
        }
    }

    /// <summary>Stops trusting all entries that were not found valid at this version or later, and forgets the marks of tags and keys up to it.</summary>
    public void Forget(int version)
    {
        lock (_gate)
        {
            ForgetTags(version);
            _keys.Forget(version);
        }
    }

    /// <summary>Changes of single keys were missed: no entry of the first level is to be trusted.</summary>
    public void DistrustKeys()
    {
        lock (_gate)
        {
            Volatile.Write(ref _version, _version + 1);
            _keys.Forget(_version);
        }
    }

    /// <summary>Invalidations were missed: no tagged entry of the first level is to be trusted, and no mark.</summary>
    public void DistrustTags()
    {
        lock (_gate)
        {
            ForgetTags(_version);
            Volatile.Write(ref _version, _version + 1);
            Volatile.Write(ref _tagFloor, _version);
        }
    }

    private InvalidationMark FindLocked(in Invalidation invalidation)
    {
        var name = invalidation.Name;
        return invalidation.Kind switch
        {
            InvalidationKind.All => _all,
            InvalidationKind.Tag => _tags.GetValueOrDefault(name),
            _ => Array.Find(_prefixes, other => other.Prefix == name).Mark,
        } ?? InvalidationMark.Never;
    }

    // The youngest stands last: who is as young needs no look at the others.
    private void AddPrefixLocked(string prefix, InvalidationMark mark)
    {
        (string Prefix, InvalidationMark Mark)[] prefixes = [.. _prefixes.Where(other => other.Prefix != prefix), (prefix, mark)];
        if (prefixes.Length > MaxPrefixes)
        {
            var oldest = prefixes.MinBy(other => other.Mark.At);
            prefixes = [.. prefixes.Where(other => other != oldest)];
            Volatile.Write(ref _all, new InvalidationMark(mark.Version, oldest.Mark.At > _all.At ? oldest.Mark.At : _all.At));
        }

        Volatile.Write(ref _prefixes, prefixes);
    }
}
