using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Writes a mark's bytes as they are.</summary>
internal sealed class MarkSerializer : IHybridCacheSerializer<MarkValue>
{
    public static MarkSerializer Instance { get; } = new();

    public MarkValue Deserialize(ReadOnlySequence<byte> source) => new(source.ToArray());

    public void Serialize(MarkValue value, IBufferWriter<byte> target) => target.Write(value.Bytes.Span);
}
