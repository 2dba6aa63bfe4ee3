using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AkkaPerf.Caching.Invalidations;

/// <summary>When single keys were last set or removed, here or elsewhere. Changed under the table's lock; any thread may ask.</summary>
/// <remarks>
/// As with tags, a change elsewhere begins a version, and entries that were not found valid since are looked at once. What was changed here
/// is known here: it is noted so that its return through the log is no news.
/// </remarks>
internal sealed class KeyMarks(TimeSpan tolerance)
{
    // Forgotten beyond this, after the first level has been swept; about 4 MB.
    private const int Most = 16_384;

    // Longer keys are known by their hash.
    private const int LongestName = 256;

    private readonly ConcurrentDictionary<string, InvalidationMark> _marks = new(StringComparer.Ordinal);

    // The version of the youngest mark: who is as young needs no look at them.
    private int _newest;

    // Entries that were not found valid since are not trusted: the marks that might name them are forgotten.
    private int _floor;

    public int Count => _marks.Count;

    public bool IsFull => _marks.Count > Most;

    /// <summary>What a key is called in marks and logs.</summary>
    public static string NameOf(string key) => key.Length <= LongestName
        ? key
        : '\0' + Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(key.AsSpan())));

    /// <summary>A key is changed here; says at which moment, which is later than any that is known.</summary>
    public DateTimeOffset Own(string name, DateTimeOffset at)
    {
        var known = _marks.GetValueOrDefault(name) ?? InvalidationMark.Never;
        var mark = new InvalidationMark(known.Version, at > known.At ? at : known.At.AddTicks(1)) { IsOwn = true };
        _marks[name] = mark;
        return mark.At;
    }

    /// <summary>Takes what others have changed, under a new version; false if all of it is known.</summary>
    public bool Apply(IEnumerable<KeyValuePair<string, DateTimeOffset>> changes, int version)
    {
        var isNews = false;
        foreach (var (name, at) in changes)
        {
            if (!_marks.TryGetValue(name, out var known) || at > known.At)
            {
                _marks[name] = new InvalidationMark(version, at);
                isNews = true;
            }
        }

        if (isNews)
        {
            Volatile.Write(ref _newest, version);
        }

        return isNews;
    }

    /// <summary>Whether a key was not changed elsewhere after a version, or what is known of it was made after that.</summary>
    /// <param name="version">The version.</param>
    /// <param name="key">The key.</param>
    /// <param name="textOf">Its text.</param>
    /// <param name="madeAtUtc">When what is known was made, in ticks; 0 if that cannot be told.</param>
    public bool IsValidSince<TKey>(int version, TKey key, Func<TKey, string> textOf, long madeAtUtc)
    {
        if (version < Volatile.Read(ref _floor))
        {
            return false;
        }

        return Volatile.Read(ref _newest) <= version
            || !_marks.TryGetValue(NameOf(textOf(key)), out var mark)
            || mark.Version <= version
            || (madeAtUtc != 0 && IsLaterThan(mark, new DateTimeOffset(madeAtUtc, TimeSpan.Zero)));
    }

    /// <summary>Whether what the second level has for a key is what it was set to last, or was made safely after that.</summary>
    public bool IsValidAfter(DateTimeOffset madeAt, string key) =>
        _marks.IsEmpty || !_marks.TryGetValue(NameOf(key), out var mark) || mark.IsOwn || IsLaterThan(mark, madeAt);

    /// <summary>Forgets the marks up to a version; entries that were not found valid at it or later are not trusted.</summary>
    public void Forget(int version)
    {
        foreach (var mark in _marks.Where(mark => mark.Value.Version <= version))
        {
            _marks.TryRemove(mark);
        }

        Volatile.Write(ref _floor, Math.Max(_floor, version));
    }

    // What it was set to has the mark's own moment; of anything else it must be safe, whatever clock it was made by.
    private bool IsLaterThan(InvalidationMark mark, DateTimeOffset madeAt) => madeAt == mark.At || madeAt > mark.At + tolerance;
}
