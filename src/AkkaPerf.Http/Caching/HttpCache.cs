using AkkaPerf.Caching;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Caching;

/// <summary>The HTTP cache of one pipeline (RFC 9111, shared): answers before the pipeline what it has, and says what is to be done with the rest. Any thread.</summary>
internal sealed class HttpCache
{
    // Longer keys are rare enough to be made as strings.
    private const int LongestSpelling = 256;

    // Backends are known to answer differently to these: they would have to be part of the key.
    private static readonly string[] Unkeyed =
        ["X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Host"];

    private readonly IPipelineStore<ProxyResponse> _store;
    private readonly bool _isSafe;
    private readonly CacheHosts? _hosts;

    public HttpCache(IPipelineStore<ProxyResponse> store, CacheClock clock, SoftMarks soft, (long MaxBody, TimeSpan Activity) limits)
    {
        _store = store;
        Clock = clock;
        Soft = soft;
        SoftStore = new SoftMarksStore(store, soft, clock);
        _isSafe = store.Options.Http.Profile == HttpCacheProfile.Safe;
        _hosts = CacheHosts.Of(store.Options.Http.Hosts);
        Marks = new HitForMiss(clock);
        Queries = store.Options.Http.NoVarySearch ? new QueryTable() : null;
        Changes = new CacheChanges(store, Queries);
        Loads = new CacheLoads(this, store, limits.MaxBody, limits.Activity);
    }

    public CacheClock Clock { get; }

    /// <summary>Whose answers cannot be shared.</summary>
    public HitForMiss Marks { get; }

    /// <summary>What matters of queries; null if every byte does.</summary>
    public QueryTable? Queries { get; }

    /// <summary>What makes stored responses invalid.</summary>
    public CacheChanges Changes { get; }

    /// <summary>What is fresh no more because somebody said so.</summary>
    public SoftMarks Soft { get; }

    /// <summary>Where that is kept.</summary>
    public SoftMarksStore SoftStore { get; }

    /// <summary>What is asked of the backends.</summary>
    public CacheLoads Loads { get; }

    /// <summary>The cache of a pipeline; null if it has none, or it is off.</summary>
    public static HttpCache? Of(IRequestPipeline<ProxyRequest, ProxyResponse> pipeline) =>
        pipeline.Store is { Policy: HttpCachingPolicy policy } store ? policy.CacheOf(store) : null;

    /// <summary>Counts an answer from what is stored.</summary>
    public void CountHit<TFields>(TFields fields, in CacheLookUp found)
        where TFields : IFieldSource => _store.CountHit(found.At, _store.IsTraced ? TraceContext.Of(fields) : default);

    /// <summary>Says what is done with a server's request. On its own thread; allocates nothing for a hit.</summary>
    public CacheLookUp LookUp(HttpContext context, HttpRoute route, string target)
    {
        var request = context.Request;
        var plan = PlanOf(request.Method, ProxyRequest.CanHaveBody(context) || request.Headers.Upgrade.Count > 0, route.Caching);
        if (plan.Plan != CachePlan.Load)
        {
            return plan.Plan == CachePlan.Unsafe && CacheAddress.TryGet(context, route, target, out var changed) ? plan with { Asked = changed } : plan;
        }

        return CacheAddress.TryGet(context, route, target, out var address)
            ? Find(new ContextFields(context.Request.Headers), request.Method, Keyed(address), route.Caching)
            : new CacheLookUp(CachePlan.Pass, ForwardReason.Bypass);
    }

    /// <summary>The same for a request that is made already.</summary>
    public CacheLookUp LookUp(ProxyRequest request)
    {
        var caching = request.Route?.Caching;
        var plan = PlanOf(request.Method, request.MayHaveBody || request.WebSocket is not null, caching);
        if (!CacheAddress.TryGet(request, out var address))
        {
            return new CacheLookUp(CachePlan.Pass, ForwardReason.Bypass);
        }

        return plan.Plan == CachePlan.Load ? Find(new RequestFields(request), request.Method, Keyed(address), caching) : plan with { Asked = address };
    }

    /// <summary>Forgets all that is stored of a URL; false if nothing was.</summary>
    public ValueTask<bool> PurgeAsync(in CacheAddress address) => Changes.RemoveAsync(address);

    /// <summary>Has all that is stored of a URL be stale from now on.</summary>
    public void Expire(in CacheAddress address) => Changes.Expire(address, Soft, Clock.Now);

    /// <summary>What may be given to a request, of what was found for it.</summary>
    public Reuse ReuseOf<TFields>(FillPlace place, StoredResponse stored, TFields fields)
        where TFields : IFieldSource
    {
        stored.Look(Soft, place.Key);
        ReadAsked(fields, place.Asked.Caching, out var asked);
        return ReuseRules.Decide(stored, asked, Clock.Now, Clock.Time.TimestampFrequency);
    }

    /// <summary>Whether what is stored may be given to who shows who he is.</summary>
    public bool IsFor<TFields>(StoredResponse stored, TFields fields)
        where TFields : IFieldSource => !_isSafe || stored.Head.Rules.IsForEverybody || !ShowsWhoAsks(fields);

    private CacheAddress Keyed(in CacheAddress address) => Queries?.Keyed(address) ?? address;

    private static CacheLookUp PlanOf(string method, bool hasBody, RouteCaching? caching)
    {
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
        {
            return new CacheLookUp(ChangesNothing(method) ? CachePlan.Pass : CachePlan.Unsafe, ForwardReason.Method);
        }

        return hasBody || caching is { IsBypassed: true }
            ? new CacheLookUp(CachePlan.Pass, ForwardReason.Bypass)
            : new CacheLookUp(CachePlan.Load, ForwardReason.UriMiss);
    }

    /// <summary>Whether a method that is never answered from what is stored leaves it valid. A WebSocket is a CONNECT over HTTP/2, and a GET over HTTP/1.1 (RFC 8441, section 5).</summary>
    public static bool ChangesNothing(string method) => HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method) || HttpMethods.IsConnect(method);

    // RFC 9111, section 5.4: Pragma counts where nothing newer is said.
    private static void ReadAsked<TFields>(TFields fields, RouteCaching? caching, out CacheControl asked)
        where TFields : IFieldSource
    {
        asked = default;
        if (caching is { IgnoresClients: true })
        {
            return;
        }

        var lines = fields["Cache-Control"];
        for (var i = 0; i < lines.Count; i++)
        {
            asked.Read(lines[i]);
        }

        if (lines.Count == 0 && fields["Pragma"] is { Count: > 0 } pragma)
        {
            asked.Read(pragma[0]);
        }
    }

    /// <summary>Whether a request shows who asks.</summary>
    public static bool ShowsWhoAsks<TFields>(TFields fields)
        where TFields : IFieldSource => fields["Authorization"].Count > 0 || fields["Cookie"].Count > 0;

    // Whether what it asks beside the key is what anybody else asks, so that the answer may be stored.
    private static bool IsEverybodys<TFields>(TFields fields, in CacheControl asked)
        where TFields : IFieldSource =>
        !asked.Has(Directive.NoStore) && !HasAny(fields, Unkeyed);

    private static bool HasAny<TFields>(TFields fields, string[] names)
        where TFields : IFieldSource
    {
        foreach (var name in names)
        {
            if (fields[name].Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    private CacheLookUp Find<TFields>(TFields fields, string method, in CacheAddress address, RouteCaching? caching)
        where TFields : IFieldSource
    {
        if (_hosts is not null && !_hosts.Have(address.Scheme, address.Authority))
        {
            return new CacheLookUp(CachePlan.Pass, ForwardReason.Bypass);
        }

        // What the target's state is to be like is the origin's business (RFC 9111, section 4.3.2).
        if (fields["If-Match"].Count > 0 || fields["If-Unmodified-Since"].Count > 0)
        {
            return new CacheLookUp(CachePlan.Pass, ForwardReason.Bypass, Asked: address);
        }

        ReadAsked(fields, caching, out var asked);
        var now = Clock.Now;
        Span<char> spelling = stackalloc char[LongestSpelling];
        StoredSet? set;
        int hash;
        scoped ReadOnlySpan<char> key;
        if (CacheKey.TryWrite(address.Scheme, address.Authority, address.KeyedTarget, spelling, out var length))
        {
            key = spelling[..length];
            hash = string.GetHashCode(key, StringComparison.Ordinal);
            set = (StoredSet?)(_store.Find(key, now));
        }
        else if (address.Key is { } longer)
        {
            key = longer;
            hash = longer.GetHashCode(StringComparison.Ordinal);
            set = (StoredSet?)_store.Find(longer);
        }
        else
        {
            return new CacheLookUp(CachePlan.Pass, ForwardReason.Bypass);
        }

        var stored = set?.Select(address.Scope, fields);
        var reason = stored is not null ? ForwardReason.Stale : set is not null ? ForwardReason.VaryMiss : ForwardReason.UriMiss;
        var showsWhoAsks = ShowsWhoAsks(fields);
        if (stored is not null)
        {
            if (_isSafe && showsWhoAsks && !stored.Head.Rules.IsForEverybody)
            {
                stored = null;
                reason = ForwardReason.Request;
            }
            else
            {
                stored.Look(Soft, key);
                switch (ReuseRules.Decide(stored, asked, now, Clock.Time.TimestampFrequency))
                {
                    case Reuse.Give:
                        return new CacheLookUp(CachePlan.Give, reason, stored, address, hash, now);
                    case Reuse.GiveAndRefresh:
                        // What a refresh brings is everybody's: only a request that asks for nothing else than everybody's may cause one.
                        return new CacheLookUp(IsEverybodys(fields, asked) ? CachePlan.GiveAndRefresh : CachePlan.Give, reason, stored, address, hash, now);
                    default:
                        reason = now < stored.FreshUntil && !stored.Head.Rules.NeedsValidation ? ForwardReason.Request : ForwardReason.Stale;
                        break;
                }
            }
        }

        if (asked.Has(Directive.OnlyIfCached))
        {
            return new CacheLookUp(CachePlan.NotStored, reason, stored, address, hash, now);
        }

        if (fields["Range"].Count > 0 || !IsEverybodys(fields, asked))
        {
            return new CacheLookUp(CachePlan.Pass, reason, Asked: address);
        }

        if (HttpMethods.IsHead(method))
        {
            return new CacheLookUp(stored is { StatusCode: StatusCodes.Status200OK } ? CachePlan.Head : CachePlan.Pass, reason, stored, address, hash);
        }

        var isAlone = showsWhoAsks || Marks.Contains(hash, now);
        return new CacheLookUp(isAlone ? CachePlan.Alone : CachePlan.Load, reason, stored, address, hash, now);
    }
}
