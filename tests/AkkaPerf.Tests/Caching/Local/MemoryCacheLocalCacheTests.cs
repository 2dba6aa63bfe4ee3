using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Local;

public sealed class MemoryCacheLocalCacheTests() : LocalCacheTests(L1Store.MemoryCache);
