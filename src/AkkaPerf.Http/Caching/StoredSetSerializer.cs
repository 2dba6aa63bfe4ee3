using System.Buffers;
using System.Text;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Proxying;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>How the second level writes what is stored of a URL. Timestamps of this process become moments on the wall.</summary>
internal sealed class StoredSetSerializer : IHybridCacheSerializer<ProxyResponse>
{
    private const byte Format = 2;

    // More is no response that we stored.
    private const int MostFields = 10_000;

    private readonly CacheClock _clock;

    public StoredSetSerializer(CacheClock clock) => _clock = clock;

    public ProxyResponse Deserialize(ReadOnlySequence<byte> source)
    {
        using var reader = new BinaryReader(new MemoryStream(source.ToArray(), writable: false), Encoding.UTF8);
        if (reader.ReadByte() != Format)
        {
            throw new InvalidDataException("What is stored is of another format.");
        }

        var name = reader.ReadString();
        var variants = ReadMany(reader, () => ReadVariant(reader, name));
        return variants.Length > 0 && Left(reader) == 0
            ? new StoredSet(variants)
            : throw new InvalidDataException("What is stored does not end where it says.");
    }

    public void Serialize(ProxyResponse value, IBufferWriter<byte> target)
    {
        var set = (StoredSet)value;
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Format);
        writer.Write(set.Variants[0].Name);
        WriteMany(writer, set.Variants, variant => WriteVariant(writer, variant));
        writer.Flush();
        target.Write(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    private static T[] ReadMany<T>(BinaryReader reader, Func<T> read)
    {
        var count = reader.Read7BitEncodedInt();
        if (count is < 0 or > MostFields || count > Left(reader))
        {
            throw new InvalidDataException($"{count} is no number of fields.");
        }

        var all = new T[count];
        for (var i = 0; i < count; i++)
        {
            all[i] = read();
        }

        return all;
    }

    private static void WriteMany<T>(BinaryWriter writer, IReadOnlyList<T> all, Action<T> write)
    {
        writer.Write7BitEncodedInt(all.Count);
        foreach (var one in all)
        {
            write(one);
        }
    }

    private static long Left(BinaryReader reader) => reader.BaseStream.Length - reader.BaseStream.Position;

    private static string? ReadText(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    private static void WriteText(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
        {
            writer.Write(text);
        }
    }

    private static KeyValuePair<string, StringValues> ReadField(BinaryReader reader) =>
        new(reader.ReadString(), new StringValues(ReadMany(reader, reader.ReadString)));

    private static void WriteField(BinaryWriter writer, KeyValuePair<string, StringValues> field)
    {
        writer.Write(field.Key);
        WriteMany(writer, [.. field.Value.Select(static line => line ?? "")], writer.Write);
    }

    private static Storability ReadRules(BinaryReader reader) => new(
        ReadSpan(reader),
        reader.ReadBoolean(),
        reader.ReadBoolean(),
        reader.ReadBoolean(),
        reader.ReadBoolean(),
        ReadText(reader),
        ReadSpan(reader),
        ReadSpan(reader));

    private static void WriteRules(BinaryWriter writer, Storability rules)
    {
        writer.Write(rules.Lifetime.Ticks);
        writer.Write(rules.IsHeuristic);
        writer.Write(rules.NeedsValidation);
        writer.Write(rules.NeverStale);
        writer.Write(rules.IsForEverybody);
        WriteText(writer, rules.Withheld);
        writer.Write(rules.StaleWhileRevalidate.Ticks);
        writer.Write(rules.StaleIfError.Ticks);
    }

    private static TimeSpan ReadSpan(BinaryReader reader) => new(reader.ReadInt64());

    private long ReadMoment(BinaryReader reader) => _clock.AtTimestamp(new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero));

    private void WriteMoment(BinaryWriter writer, long timestamp) => writer.Write(_clock.AtWall(timestamp).UtcTicks);

    private StoredResponse ReadVariant(BinaryReader reader, string name)
    {
        var head = new StoredHead
        {
            Status = reader.ReadInt32(),
            Reason = ReadText(reader),
            Version = new Version(reader.ReadInt32(), reader.ReadInt32()),
            Fields = ReadMany(reader, () => ReadField(reader)),
            Variance = new Variance(reader.ReadString(), ReadMany(reader, reader.ReadString), ReadMany(reader, () => ReadText(reader))),
            Tags = ReadMany(reader, reader.ReadString),
            ETag = ReadText(reader),
            LastModified = ReadText(reader),
            LastModifiedAt = reader.ReadInt64() is var modified and not 0 ? new DateTimeOffset(modified, TimeSpan.Zero) : null,
            Rules = ReadRules(reader),
            BornAt = ReadMoment(reader),
            AskedAt = ReadMoment(reader),
            FreshUntil = ReadMoment(reader),
            RevalidateUntil = ReadMoment(reader),
            ErrorUntil = ReadMoment(reader),
            KeepUntil = ReadMoment(reader),
        };
        var date = Array.Find(head.Fields, static field => field.Key.Equals("Date", StringComparison.OrdinalIgnoreCase)).Value;
        head = head with { MadeAt = HttpDate.TryParseOne(date, _clock.Time.GetUtcNow()) };
        var trailers = ReadMany(reader, () => ReadField(reader));
        var length = reader.ReadInt32();

        // Looked at before room is made for it.
        return head is { Status: >= 100 and < 1000, Variance: { } variance } && variance.Names.Length == variance.Values.Length && length >= 0 && length <= Left(reader)
            ? new StoredResponse(head, reader.ReadBytes(length), trailers, _clock, name)
            : throw new InvalidDataException("What is stored is no response.");
    }

    private void WriteVariant(BinaryWriter writer, StoredResponse variant)
    {
        var head = variant.Head;
        writer.Write(head.Status);
        WriteText(writer, head.Reason);
        writer.Write(head.Version.Major);
        writer.Write(head.Version.Minor);
        WriteMany(writer, head.Fields, field => WriteField(writer, field));
        writer.Write(head.Variance.Scope);
        WriteMany(writer, head.Variance.Names, writer.Write);
        WriteMany(writer, head.Variance.Values, value => WriteText(writer, value));
        WriteMany(writer, head.Tags, writer.Write);
        WriteText(writer, head.ETag);
        WriteText(writer, head.LastModified);
        writer.Write(head.LastModifiedAt?.UtcTicks ?? 0);
        WriteRules(writer, head.Rules);
        WriteMoment(writer, head.BornAt);
        WriteMoment(writer, head.AskedAt);
        WriteMoment(writer, head.FreshUntil);
        WriteMoment(writer, head.RevalidateUntil);
        WriteMoment(writer, head.ErrorUntil);
        WriteMoment(writer, head.KeepUntil);
        WriteMany(writer, variant.Trailers, field => WriteField(writer, field));
        writer.Write(variant.Body.Length);
        writer.Write(variant.Body.Span);
    }
}
