using System.Runtime.InteropServices;

namespace AkkaPerf.Caching.Distributed;

/// <summary>The bytes of a mark: a type of its own, so that no entry is ever taken for one.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MarkValue(ReadOnlyMemory<byte> Bytes);
