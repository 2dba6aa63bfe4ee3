using System.Runtime.InteropServices;

namespace AkkaPerf.Http.Caching;

/// <summary>What the cache makes of a request before anything is asked.</summary>
/// <param name="Plan">What is done with it.</param>
/// <param name="Reason">Why a backend is asked.</param>
/// <param name="Stored">What is stored for it, fresh or not; null for nothing.</param>
/// <param name="Asked">Where it stands in the store.</param>
/// <param name="Hash">The hash of its key.</param>
/// <param name="At">When it was looked up, as a timestamp; 0 for what only passes.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CacheLookUp(
    CachePlan Plan, ForwardReason Reason, StoredResponse? Stored = null, CacheAddress Asked = default, int Hash = 0, long At = 0);
