using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Local;

public sealed class NativeLocalCacheTests() : LocalCacheTests(L1Store.Native);
