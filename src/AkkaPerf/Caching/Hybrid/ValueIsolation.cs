using System.Buffers;
using System.ComponentModel;
using System.Reflection;
using System.Runtime.CompilerServices;
using AkkaPerf.Exchanges;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching.Hybrid;

/// <summary>Keeps callers from changing one another's values: who gets a value of a type that may be changed gets a copy.</summary>
internal static class ValueIsolation
{
    /// <summary>Whether values of a type may be changed, as <see cref="HybridCache"/> sees it: sealed types with <c>[ImmutableObject(true)]</c> may not.</summary>
    public static bool IsNeeded<T>() => Isolation<T>.IsNeeded;

    /// <summary>A copy of an entry's value; the entry's own is given to nobody.</summary>
    public static T CopyOf<T>(CacheEntry<T> entry, IHybridCacheSerializer<T> serializer) =>
        entry.Value is null ? entry.Value : serializer.Deserialize(new ReadOnlySequence<byte>(entry.Serialized ??= Serialize(entry.Value, serializer)));

    public static T Copy<T>(T value, IHybridCacheSerializer<T> serializer) =>
        value is null ? value : serializer.Deserialize(new ReadOnlySequence<byte>(Serialize(value, serializer)));

    private static byte[] Serialize<T>(T value, IHybridCacheSerializer<T> serializer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        serializer.Serialize(value, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static class Isolation<T>
    {
        public static readonly bool IsNeeded = !(
            typeof(T) == typeof(string)
            || !RuntimeHelpers.IsReferenceOrContainsReferences<T>()
            || (typeof(T).IsSealed && typeof(T).GetCustomAttribute<ImmutableObjectAttribute>() is { Immutable: true }));
    }
}
