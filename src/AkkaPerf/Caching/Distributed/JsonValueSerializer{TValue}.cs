using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching.Distributed;

/// <summary>System.Text.Json, with fields, since tuples are nothing else; types come from the code, never from the payload.</summary>
internal sealed class JsonValueSerializer<TValue> : IHybridCacheSerializer<TValue>
{
    private static readonly JsonSerializerOptions Options = new() { IncludeFields = true };

    public TValue Deserialize(ReadOnlySequence<byte> source)
    {
        var reader = new Utf8JsonReader(source);
        return JsonSerializer.Deserialize<TValue>(ref reader, Options)!;
    }

    public void Serialize(TValue value, IBufferWriter<byte> target)
    {
        using var writer = new Utf8JsonWriter(target);
        JsonSerializer.Serialize(writer, value, Options);
    }
}
