using System.Diagnostics;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Caching;

/// <summary>Refreshes what is stale behind its callers' backs: once for all who are given it, and no more often than <c>stale.retry-after</c> says. Any thread.</summary>
internal sealed class CacheRefreshes
{
    private readonly IPipelineStore<ProxyResponse> _store;
    private readonly CacheClock _clock;
    private readonly Fills _fills;

    public CacheRefreshes(IPipelineStore<ProxyResponse> store, CacheClock clock, Fills fills)
    {
        _store = store;
        _clock = clock;
        _fills = fills;
    }

    /// <summary>Whether it is this caller's to refresh a stale response.</summary>
    public bool TryClaim(StoredResponse stored) => stored.TryClaimRefresh(_clock.Now, _clock.Now + _clock.Ticks(_store.Options.Stale.RetryAfter));

    /// <summary>Begins a refresh.</summary>
    /// <param name="pipeline">Where to ask.</param>
    /// <param name="request">What is asked; it is taken over, and detached from its sender.</param>
    /// <param name="found">What was found for it.</param>
    public void Begin(IRequestPipeline<ProxyRequest, ProxyResponse> pipeline, ProxyRequest request, in CacheLookUp found)
    {
        var place = FillPlace.Of(found);
        var fill = _fills.Create(place, request.Snapshot(), found.Hash);
        var name = _fills.NameOf(place, fill.Request);
        if (fill.TryJoin() is not { } reader || !_fills.TryPublish(name, fill, seen: null))
        {
            return;
        }

        _store.Count(StoreCount.Refresh);
        request.Fetch = new CacheFetch(place.Known, fill);
        request.Outlive();
        var call = new CacheCall(pipeline, request, TimeSpan.Zero, CancellationToken.None);
        _ = _store.IsTraced ? RunTracedAsync(fill, name, call, Activity.Current?.Context ?? TraceContext.Of(request)) : _fills.RunAsync(fill, name, call);
        _ = LetGoAsync(request, fill, reader);
    }

    // What is current here flows to the load alone: whoever caused it goes on with his own.
    private async Task RunTracedAsync(Fill fill, string name, CacheCall call, ActivityContext cause)
    {
        var span = _store.StartRefresh(cause);
        await _fills.RunAsync(fill, name, call).ConfigureAwait(false);
        if (span is null)
        {
            return;
        }

        _store.EndSpan(span, OutcomeOf(await fill.Answered.ConfigureAwait(false)));
    }

    private static Outcome<ProxyResponse> OutcomeOf(FillResult result) => result switch
    {
        { IsStale: true } => Outcomes.Faulted<ProxyResponse>(new HttpRequestException("Nothing fresher could be had.")),
        { Whole: null, Head: null } => result.Own,
        _ => Outcomes.Success<ProxyResponse>(result.Whole!),
    };

    // It is the refresh that reads what comes: it may hold up nobody who joins it.
    private static async Task LetGoAsync(ProxyRequest request, Fill fill, FillReader reader)
    {
        await request.DetachAsync(isAnswered: false).ConfigureAwait(false);
        var result = await fill.Answered.ConfigureAwait(false);
        if (result.Head is not null)
        {
            await fill.ReadForStoreAsync(reader).ConfigureAwait(false);
            return;
        }

        fill.Leave(reader);
        result.DropOwn();
    }
}
