using System.Text;

namespace AkkaPerf.Caching.Invalidations;

/// <summary>The invalidations that processes tell one another through the second level: for each name its last one; never changes.</summary>
/// <remarks>
/// Two processes that write at once may overwrite one another, so logs are merged: merging is commutative, associative and idempotent
/// (the later moment wins), and whoever misses an invalidation of its own merges it in again. Bounded: the oldest tags are left out
/// and said to be so by <see cref="Floor"/>; the oldest prefixes become an invalidation of everything before them.
/// </remarks>
internal sealed class InvalidationLog
{
    // Read by every process once an interval: about 50 kB when full.
    private const int MaxTags = 1_024;
    private const int MaxPrefixes = 128;

    private const byte Format = 1;

    private readonly Dictionary<(InvalidationKind Kind, string Name), DateTimeOffset> _items;

    private InvalidationLog(Dictionary<(InvalidationKind Kind, string Name), DateTimeOffset> items, DateTimeOffset floor)
    {
        _items = items;
        Floor = floor;
    }

    public static InvalidationLog Empty { get; } = new([], DateTimeOffset.MinValue);

    /// <summary>Tags that were invalidated at this moment or before may be left out.</summary>
    public DateTimeOffset Floor { get; }

    public int Count => _items.Count;

    public IEnumerable<Invalidation> Items => _items.Select(item => new Invalidation(item.Key.Kind, item.Key.Name, item.Value));

    /// <summary>Whether an invalidation, or a younger one of the same, is told; one that may have been left out counts as told.</summary>
    public bool Tells(in Invalidation invalidation) =>
        (_items.TryGetValue((invalidation.Kind, invalidation.Name), out var at) && at >= invalidation.At)
        || (invalidation.Kind == InvalidationKind.Tag && invalidation.At <= Floor)
        || (invalidation.Kind == InvalidationKind.Prefix && _items.TryGetValue((InvalidationKind.All, ""), out var all) && all >= invalidation.At);

    public InvalidationLog With(IEnumerable<Invalidation> others)
    {
        var items = new Dictionary<(InvalidationKind Kind, string Name), DateTimeOffset>(_items);
        foreach (var other in others)
        {
            Add(items, other);
        }

        return Bounded(items, Floor);
    }

    public byte[] Encode()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Format);
            writer.Write(Floor.UtcTicks);
            writer.Write7BitEncodedInt(_items.Count);
            foreach (var (kind, name, at) in Items)
            {
                writer.Write((byte)kind);
                writer.Write(name);
                writer.Write(at.UtcTicks);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; null if it is anything else.</summary>
    public static InvalidationLog? Decode(byte[] bytes)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);
            if (reader.ReadByte() != Format)
            {
                return null;
            }

            var floor = ReadMoment(reader);
            var items = new Dictionary<(InvalidationKind Kind, string Name), DateTimeOffset>();
            for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
            {
                var kind = (InvalidationKind)reader.ReadByte();
                var name = reader.ReadString();
                Add(items, new Invalidation(kind, name, ReadMoment(reader)));
            }

            return items.Keys.All(key => Enum.IsDefined(key.Kind)) ? Bounded(items, floor) : null;
        }
        catch (Exception exception) when (exception is IOException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static DateTimeOffset ReadMoment(BinaryReader reader) => new(reader.ReadInt64(), TimeSpan.Zero);

    private static void Add(Dictionary<(InvalidationKind Kind, string Name), DateTimeOffset> items, in Invalidation item)
    {
        var key = (item.Kind, item.Name);
        if (!items.TryGetValue(key, out var known) || item.At > known)
        {
            items[key] = item.At;
        }
    }

    private static InvalidationLog Bounded(Dictionary<(InvalidationKind Kind, string Name), DateTimeOffset> items, DateTimeOffset floor)
    {
        foreach (var (key, at) in Oldest(items, InvalidationKind.Tag, MaxTags))
        {
            items.Remove(key);
            floor = at > floor ? at : floor;
        }

        foreach (var (key, at) in Oldest(items, InvalidationKind.Prefix, MaxPrefixes))
        {
            items.Remove(key);
            Add(items, new Invalidation(InvalidationKind.All, "", at));
        }

        return new InvalidationLog(items, floor);
    }

    private static List<KeyValuePair<(InvalidationKind Kind, string Name), DateTimeOffset>> Oldest(
        Dictionary<(InvalidationKind Kind, string Name), DateTimeOffset> items, InvalidationKind kind, int most)
    {
        var excess = items.Keys.Count(key => key.Kind == kind) - most;
        return excess <= 0 ? [] : [.. items.Where(item => item.Key.Kind == kind).OrderBy(item => item.Value).Take(excess)];
    }
}
