using System.Text;

namespace AkkaPerf.Caching.Invalidations;

/// <summary>The single keys that processes set or removed lately, as they tell one another through the second level; never changes.</summary>
/// <remarks>
/// Merging is commutative, associative and idempotent: the later moment wins. Bounded: the oldest are left out, and said to be so by
/// <see cref="Floor"/>. Under a key of its own, so that processes that know nothing of it lose nothing.
/// </remarks>
internal sealed class KeyLog
{
    private const byte Format = 1;

    // In characters, over all names.
    private const int MostText = 256 * 1024;

    private KeyLog(Dictionary<string, DateTimeOffset> items, DateTimeOffset floor)
    {
        Items = items;
        Floor = floor;
    }

    public static KeyLog Empty { get; } = new([], DateTimeOffset.MinValue);

    /// <summary>By name, when it was changed last.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Items { get; }

    /// <summary>Changes of this moment or before may be left out.</summary>
    public DateTimeOffset Floor { get; }

    /// <summary>Whether a change, or a younger one of the same key, is told; one that may have been left out counts as told.</summary>
    public bool Tells(string name, DateTimeOffset at) => at <= Floor || (Items.TryGetValue(name, out var known) && known >= at);

    /// <summary>This and more.</summary>
    /// <param name="others">More changes.</param>
    /// <param name="floor">Up to when others were left out of those.</param>
    /// <param name="most">How many are kept.</param>
    /// <param name="oldest">What is told already and is older is left out.</param>
    public KeyLog With(IEnumerable<KeyValuePair<string, DateTimeOffset>> others, DateTimeOffset floor, int most, DateTimeOffset oldest)
    {
        floor = floor > Floor ? floor : Floor;
        var all = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var (name, at) in Items)
        {
            if (at >= oldest)
            {
                all.Add(name, at);
            }
            else
            {
                floor = at > floor ? at : floor;
            }
        }

        foreach (var (name, at) in others)
        {
            all[name] = all.TryGetValue(name, out var known) && known > at ? known : at;
        }

        var kept = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        var text = 0;
        foreach (var (name, at) in all.OrderByDescending(item => item.Value))
        {
            text += name.Length;
            if (kept.Count < most && text <= MostText)
            {
                kept.Add(name, at);
            }
            else
            {
                floor = at > floor ? at : floor;
            }
        }

        return new KeyLog(kept, floor);
    }

    public byte[] Encode()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Format);
            writer.Write(Floor.UtcTicks);
            writer.Write7BitEncodedInt(Items.Count);
            foreach (var (name, at) in Items)
            {
                writer.Write(name);
                writer.Write(at.UtcTicks);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; null if it is anything else.</summary>
    public static KeyLog? Decode(byte[] bytes)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);
            if (reader.ReadByte() != Format)
            {
                return null;
            }

            var floor = ReadMoment(reader);
            var items = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
            for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
            {
                items[reader.ReadString()] = ReadMoment(reader);
            }

            return new KeyLog(items, floor);
        }
        catch (Exception exception) when (exception is IOException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static DateTimeOffset ReadMoment(BinaryReader reader) => new(reader.ReadInt64(), TimeSpan.Zero);
}
