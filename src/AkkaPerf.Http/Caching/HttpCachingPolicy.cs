using System.Diagnostics;
using AkkaPerf.Caching;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Http.Caching;

/// <summary>Has responses kept by the rules of HTTP, in the pipeline's store: see <see cref="HttpCache"/>.</summary>
internal sealed class HttpCachingPolicy : IStoringPolicy<ProxyRequest, ProxyResponse>
{
    private readonly HttpPipelineOptions _options;
    private readonly CacheClock _clock;

    // Guarded by the clock, as is what is made of it.
    private SoftMarks _soft = new();
    private Kept? _kept;

    public HttpCachingPolicy(HttpPipelineOptions options)
    {
        _options = options;
        _clock = new CacheClock(options.Time);
        Serializer = new StoredSetSerializer(_clock);
    }

    public IHybridCacheSerializer<ProxyResponse> Serializer { get; }

    public string? KeyOf(ProxyRequest request) => CacheAddress.TryGet(request, out var address) ? address.Key : null;

    public CachingVerdict Judge(ProxyRequest request, ProxyResponse response) => CachingVerdict.Pass;

    public bool IsLoad(ProxyRequest request) => request.Fetch is { IsLoad: true };

    public Func<ProxyResponse, (ProxyResponse Value, CachingVerdict Verdict, long At)>? UniteWith(ProxyResponse written)
    {
        if (written is not StoredSet { HasKin: true } set || Volatile.Read(ref _kept) is not { } kept)
        {
            return null;
        }

        return found =>
        {
            var all = set.With((StoredSet)found, kept.Store.Options.Http.MaxVariants, _clock.Now);
            return (all.IsWithin((StoredSet)found, _clock) ? found : all, all.ToVerdict(_clock) ?? CachingVerdict.Pass, all.AskedAt);
        };
    }

    public void BeginSpan(ProxyRequest load, Activity span)
    {
        if (load.Fetch?.Load is { } fill)
        {
            fill.Span = span;
        }
    }

    /// <summary>What was marked stale stays so: the second level outlives the pipeline.</summary>
    public void Succeed(object predecessor)
    {
        if (predecessor is not HttpCachingPolicy policy)
        {
            return;
        }

        lock (_clock)
        {
            _kept = null;
            if (ReferenceEquals(policy._clock.Time, _clock.Time))
            {
                _soft = policy._soft;
            }
            else if (policy._soft.Version > 0)
            {
                // The moments of another clock mean nothing here.
                _soft.MarkAll(_clock.Now);
            }
        }
    }

    /// <summary>The cache over a store; another one when the pipeline, and with it its store, was replaced.</summary>
    public HttpCache CacheOf(IPipelineStore<ProxyResponse> store)
    {
        var kept = Volatile.Read(ref _kept);
        return kept is not null && ReferenceEquals(kept.Store, store) ? kept.Cache : Make(store);
    }

    private HttpCache Make(IPipelineStore<ProxyResponse> store)
    {
        lock (_clock)
        {
            if (_kept is not { } kept || !ReferenceEquals(kept.Store, store))
            {
                kept = new Kept(store, new HttpCache(store, _clock, _soft, (_options.MaxCacheableBodyBytes, _options.ActivityTimeout)));
                Volatile.Write(ref _kept, kept);
            }

            return kept.Cache;
        }
    }

    private sealed record Kept(IPipelineStore<ProxyResponse> Store, HttpCache Cache);
}
