using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Memory;

namespace AkkaPerf.Benchmarks.Caching;

/// <summary>A hit and a set of the first level beside its peers; keys by a Zipf law.</summary>
[MemoryDiagnoser]
public class FirstLevelBenchmarks
{
    private FirstLevels _levels = null!;
    private int _next;

    /// <summary>With 1,000 keys: nearly empty, or full, where the policy must know of every hit.</summary>
    [Params(10_000, 1_000)]
    public int Capacity { get; set; }

    [GlobalSetup]
    public void Fill() => _levels = new FirstLevels(Capacity);

    [GlobalCleanup]
    public void Empty() => _levels.Dispose();

    [Benchmark(Baseline = true)]
    public bool HitMemoryCache() => _levels.MemoryCache.TryGetValue(Next(), out _);

    [Benchmark]
    public bool HitNative() => FirstLevels.TryGet(_levels.Native, Next(), out _);

    [Benchmark]
    public bool HitNativeWithTimestamp() => _levels.Native.Find(Next(), TimeProvider.System.GetTimestamp()) is not null;

    [Benchmark]
    public bool HitOnMemoryCache() => FirstLevels.TryGet(_levels.OnMemoryCache, Next(), out _);

    [Benchmark]
    public bool HitConcurrentLru() => _levels.Lru.TryGet(Next(), out _);

    [Benchmark]
    public bool HitConcurrentLfu() => _levels.Lfu.TryGet(Next(), out _);

    [Benchmark]
    public bool HitFusionCache() => _levels.Fusion.TryGet<string>(Next()).HasValue;

    [Benchmark]
    public void SetNative() => _levels.Native.Set(Next(), FirstLevels.Entry());

    [Benchmark]
    public void SetOnMemoryCache() => _levels.OnMemoryCache.Set(Next(), FirstLevels.Entry());

    [Benchmark]
    public void SetMemoryCache() => _levels.MemoryCache.Set(Next(), "value", TimeSpan.FromHours(1));

    private string Next() => _levels.KeyOf(_next++);
}
