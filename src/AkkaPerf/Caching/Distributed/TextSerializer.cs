using System.Buffers;
using System.Text;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Writes text in UTF-8; what is no valid Unicode is refused, since it would come back changed.</summary>
internal sealed class TextSerializer : IHybridCacheSerializer<string>
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public string Deserialize(ReadOnlySequence<byte> source) => Utf8.GetString(source);

    public void Serialize(string value, IBufferWriter<byte> target) => Utf8.GetBytes(value, target);
}
