using System.Text;
using AkkaPerf.Caching.Distributed;

namespace AkkaPerf.Caching.Warming;

/// <summary>The texts of the hottest keys, kept in the second level from one start to the next.</summary>
internal static class HotKeys
{
    private const string Name = "hot-keys";
    private const byte Format = 1;

    // More than the format, a number or a length takes.
    private const int Reserve = 6;

    // Hot keys of last month are hardly hot today.
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    public static async ValueTask SaveAsync(SecondLevel second, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count > 0)
        {
            await second.WriteMarkAsync(Name, Encode([.. Fitting(keys)]), Life, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The keys, the hottest first; none if they cannot be had or read.</summary>
    public static async ValueTask<IReadOnlyList<string>> ReadAsync(SecondLevel second, CancellationToken cancellationToken)
    {
        var mark = await second.ReadMarkAsync(Name, cancellationToken).ConfigureAwait(false);
        return mark.Kind == L2MarkKind.Found ? Decode(mark.Value.ToArray()) : [];
    }

    // The hottest come first: of too many the rest is left out.
    private static IEnumerable<string> Fitting(IEnumerable<string> keys)
    {
        var bytes = Reserve;
        return keys.TakeWhile(key => (bytes += Reserve + Encoding.UTF8.GetByteCount(key)) <= SecondLevel.MaxMark);
    }

    private static byte[] Encode(IReadOnlyCollection<string> keys)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Format);
            writer.Write7BitEncodedInt(keys.Count);
            foreach (var key in keys)
            {
                writer.Write(key);
            }
        }

        return stream.ToArray();
    }

    private static List<string> Decode(byte[] bytes)
    {
        var keys = new List<string>();
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);
            if (reader.ReadByte() == Format)
            {
                for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
                {
                    keys.Add(reader.ReadString());
                }
            }
        }
        catch (Exception exception) when (exception is IOException or FormatException or ArgumentException)
        {
            // What can be read is warmed; the rest warms itself.
        }

        return keys;
    }
}
