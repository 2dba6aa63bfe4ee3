using System.Text;

namespace AkkaPerf.Http.Caching;

/// <summary>How marks are written down: timestamps of this process become moments on the wall.</summary>
internal static class SoftMarksCodec
{
    private const byte Format = 1;

    // Each is read once, at a start, and written whole with every purge.
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>Writes them; as one mark of everything if they would take more than 4 MiB.</summary>
    public static byte[] Encode(SoftMarksSnapshot marks, CacheClock clock)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Format);
            writer.Write(marks.All == long.MinValue ? 0 : clock.AtWall(marks.All).UtcTicks);
            Write(writer, marks.Keys, clock);
            Write(writer, marks.Tags, clock);
            Write(writer, marks.Prefixes, clock);
        }

        return stream.Length > MostBytes ? Encode(marks.Merged(), clock) : stream.ToArray();
    }

    /// <summary>Reads them; null if they cannot be understood.</summary>
    public static SoftMarksSnapshot? Decode(byte[] bytes, CacheClock clock)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);
            if (reader.ReadByte() != Format)
            {
                return null;
            }

            var all = reader.ReadInt64() is var ticks and not 0 ? MomentOf(ticks, clock) : long.MinValue;
            return new SoftMarksSnapshot(all, Read(reader, clock), Read(reader, clock), Read(reader, clock));
        }
        catch (Exception exception) when (exception is IOException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static void Write(BinaryWriter writer, KeyValuePair<string, long>[] marks, CacheClock clock)
    {
        writer.Write7BitEncodedInt(marks.Length);
        foreach (var (name, at) in marks)
        {
            writer.Write(name);
            writer.Write(clock.AtWall(at).UtcTicks);
        }
    }

    private static KeyValuePair<string, long>[] Read(BinaryReader reader, CacheClock clock)
    {
        var marks = new List<KeyValuePair<string, long>>();
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            marks.Add(new(reader.ReadString(), MomentOf(reader.ReadInt64(), clock)));
        }

        return [.. marks];
    }

    private static long MomentOf(long ticks, CacheClock clock) => clock.AtTimestamp(new DateTimeOffset(ticks, TimeSpan.Zero));
}
