using System.Collections.Concurrent;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Caching;

/// <summary>The loads under way, one for all requests that may be answered alike, and how each comes to its answer. Any thread.</summary>
internal sealed class Fills
{
    private readonly HttpCache _cache;
    private readonly IPipelineStore<ProxyResponse> _store;
    private readonly FillReading _reading;
    private readonly FillNames _names;
    private readonly ConcurrentDictionary<string, Fill> _underWay = new(StringComparer.Ordinal);

    public Fills(HttpCache cache, IPipelineStore<ProxyResponse> store, FillReading reading)
    {
        _cache = cache;
        _store = store;
        _reading = reading;
        _names = new FillNames(store);
    }

    /// <summary>The name of a load, by what is stored of its URL.</summary>
    public string NameOf(FillPlace place, IFieldSource request) => _names.Of(place, request);

    /// <summary>What is known now that a load begins.</summary>
    /// <param name="hash">Its key's.</param>
    /// <param name="now">The clock's timestamp, or an earlier one of the same request.</param>
    public FillStart StartOf(int hash, long now) => new(hash, _cache.Changes.Counts.Of(hash), _cache.Changes.Counts.Total, _store.Version, now);

    /// <summary>A load that begins now, and that nobody knows of yet.</summary>
    public Fill Create(FillPlace place, IFieldSource request, int hash) => Create(place, request, StartOf(hash, _cache.Clock.Now));

    /// <summary>The same of one that has begun.</summary>
    public Fill Create(FillPlace place, IFieldSource request, in FillStart start) => new(place, request, start, _cache.Changes.Counts);

    /// <summary>The load of a name that can be joined; null if there is none.</summary>
    public Fill? Find(string name)
    {
        var fill = _underWay.GetValueOrDefault(name);
        if (fill is null || IsJoinable(fill))
        {
            return fill;
        }

        _underWay.TryRemove(new(name, fill));
        return null;
    }

    /// <summary>Has a load be joined by its name from now on; false if another one than the one that was seen goes by it.</summary>
    public bool TryPublish(string name, Fill fill, Fill? seen) => seen is null ? _underWay.TryAdd(name, fill) : _underWay.TryUpdate(name, fill, seen);

    /// <summary>Comes to an answer: by the second level, or by the pipeline. Ends when its body has been read, or is another's business. Throws nothing.</summary>
    public async Task RunAsync(Fill fill, string name, CacheCall call)
    {
        try
        {
            if (TryAnswerFromFirst(fill))
            {
                return;
            }

            if (fill.Place.Known is null && _store.HasSecondLevel && await TryAnswerFromSecondAsync(fill, call.Request).ConfigureAwait(false))
            {
                return;
            }

            var outcome = await call.SendAsync(fill.Token).ConfigureAwait(false);
            _store.CountLoad(_cache.Clock.Now - fill.Start.AskedAt, hasFailed: !outcome.IsSuccess);
            await _reading.TakeAsync(fill, outcome, call).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            fill.Answer(FillResult.Failed(Outcomes.Faulted<ProxyResponse>(exception)));
        }
        finally
        {
            _underWay.TryRemove(new(name, fill));
        }
    }

    /// <summary>Looks in the second level, and asks nobody; null if that has nothing that may be given. Throws nothing.</summary>
    public async ValueTask<FillResult?> FindAsync(Fill fill, CacheCall call)
    {
        try
        {
            return await TryAnswerFromSecondAsync(fill, call.Request).ConfigureAwait(false) ? await fill.Answered.ConfigureAwait(false) : null;
        }
        catch (Exception exception)
        {
            return FillResult.Failed(Outcomes.Faulted<ProxyResponse>(exception));
        }
    }

    private bool IsJoinable(Fill fill) => !fill.IsOvertaken && !fill.Body.IsTooLarge && _store.IsValidSince(fill.Start.Version, fill.Place.Key, []);

    // Another load of the same may have ended after the store was asked, and before this one could be joined.
    private bool TryAnswerFromFirst(Fill fill)
    {
        var place = fill.Place;
        return _store.Find(place.Key) is StoredSet set
            && set.Select(place.Asked.Scope, fill.Request) is { } stored
            && stored != place.Known
            && _cache.IsFor(stored, fill.Request)
            && _cache.ReuseOf(place, stored, fill.Request) == Reuse.Give
            && fill.Answer(FillResult.Found(stored, StoreLevel.First));
    }

    private async ValueTask<bool> TryAnswerFromSecondAsync(Fill fill, ProxyRequest request)
    {
        var place = fill.Place;
        if (!await _cache.SoftStore.TryReadAsync(fill.Token).ConfigureAwait(false))
        {
            return false;
        }

        var known = _store.Find(place.Key) as StoredSet;
        if (await _store.ReadAsync(place.Key, fill, fill.Token).ConfigureAwait(false) is not StoredSet set || fill.IsOvertaken)
        {
            return false;
        }

        if (known is not null)
        {
            _reading.Writer.Keep(fill, known);
        }

        if (set.Select(place.Asked.Scope, fill.Request) is not { } stored
            || !_cache.IsFor(stored, fill.Request))
        {
            return false;
        }

        if (_cache.ReuseOf(place, stored, fill.Request) == Reuse.Ask)
        {
            fill.Place = place with { Known = stored, Reason = ForwardReason.Stale };
            request.Fetch = new CacheFetch(stored, fill);
            return false;
        }

        return fill.Answer(FillResult.Found(stored, StoreLevel.Second));
    }
}
