using System.Runtime.InteropServices;

namespace AkkaPerf.Http.Caching;

/// <summary>What was known when a load began: what is removed or purged afterwards overtakes it.</summary>
/// <param name="Hash">The hash of its key.</param>
/// <param name="Changes">How often keys like it had been removed.</param>
/// <param name="Total">How often keys of any kind had been removed.</param>
/// <param name="Version">The version of the store's invalidations.</param>
/// <param name="AskedAt">The time, as a timestamp.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FillStart(int Hash, int Changes, int Total, int Version, long AskedAt);
