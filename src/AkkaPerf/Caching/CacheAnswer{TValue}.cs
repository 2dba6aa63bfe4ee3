using System.Runtime.InteropServices;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>What the engine found or loaded; no entry if it is not known.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CacheAnswer<TValue>(CacheEntry<TValue>? Entry, CacheLevel Level);
