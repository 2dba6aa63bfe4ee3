using System.Collections.Concurrent;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>What the cache asks of the backends, once for all who ask for the same, and what becomes of the answers.</summary>
/// <remarks>
/// Problem: a thousand clients of one missing response must cause one request, and nobody may get what is another's. Requests for the same
/// key, scope and Vary fields wait for one fill; what turns out not to be shareable goes to whoever asked first, and the others ask for
/// themselves, at once and without waiting for one another for a while. Cost of a load: a fill, a copy of the request's fields, one hop.
/// </remarks>
internal sealed class CacheLoads
{
    // What varies by ever other fields is not chased for ever.
    private const int MostTries = 3;

    private readonly HttpCache _cache;
    private readonly IPipelineStore<ProxyResponse> _store;
    private readonly CacheClock _clock;
    private readonly FillReading _reading;
    private readonly ConcurrentDictionary<string, Fill> _fills = new(StringComparer.Ordinal);
    private readonly ChangeCounts _changes;
    private readonly CacheChanges _changed;
    private readonly FillNames _names;

    public CacheLoads(HttpCache cache, IPipelineStore<ProxyResponse> store, long maxBody, TimeSpan activity)
    {
        _cache = cache;
        _store = store;
        _changed = cache.Changes;
        _changes = _changed.Counts;
        _names = new FillNames(store);
        _clock = cache.Clock;
        Status = new CacheStatus(store.Options.Http.CacheStatus);
        _reading = new FillReading(new CacheWriter(store, _clock, Status), new ResponseJudge(store.Options, _clock), (_clock, maxBody, activity), (Status, cache.Marks, cache.Queries));
    }

    public CacheStatus Status { get; }

    /// <summary>Answers a request as the look-up said. Throws nothing.</summary>
    public ValueTask<Outcome<ProxyResponse>> SendAsync(in CacheCall call, in CacheLookUp found)
    {
        switch (found.Plan)
        {
            case CachePlan.Give:
                return Given(call, found);
            case CachePlan.GiveAndRefresh:
                if (ClaimRefresh(found.Stored!))
                {
                    Refresh(call.Pipeline, call.Request, found);
                }

                return Given(call, found);
            case CachePlan.NotStored:
                return new(Ended(Outcomes.Success<ProxyResponse>(Problem.NotStored), found));
            case CachePlan.Alone:
                _store.Count(StoreCount.Miss);
                return AloneAsync(call, found);
            case CachePlan.Load:
                _store.Count(StoreCount.Miss);
                return LoadAsync(call, found);
            case CachePlan.Unsafe:
                return _changed.SendAsync(call, found, Status.Method);
            default:
                return PassAsync(call, Status.Passed(found.Reason));
        }
    }

    /// <summary>Whether it is this caller's to refresh a stale response.</summary>
    public bool ClaimRefresh(StoredResponse stored) => stored.TryClaimRefresh(_clock.Now, _clock.Now + _clock.Ticks(_store.Options.Stale.RetryAfter));

    /// <summary>Refreshes what is stored behind its callers' backs.</summary>
    /// <param name="pipeline">Where to ask.</param>
    /// <param name="request">What is asked; it is taken over, and detached from its sender.</param>
    /// <param name="found">What was found for it.</param>
    public void Refresh(IRequestPipeline<ProxyRequest, ProxyResponse> pipeline, ProxyRequest request, in CacheLookUp found)
    {
        var place = FillPlace.Of(found);
        var fill = new Fill(place, request.Snapshot(), StartOf(found.Hash), _changes);
        var name = _names.Of(place, fill.Request);
        if (fill.TryJoin() is not { } reader || !_fills.TryAdd(name, fill))
        {
            return;
        }

        _store.Count(StoreCount.Refresh);
        request.Fetch = new CacheFetch(place.Known, IsLoad: true);
        request.Outlive();
        var refreshed = RunAsync(fill, name, new CacheCall(pipeline, request, TimeSpan.Zero, CancellationToken.None));
        _ = LetGoAsync(request, fill, reader, refreshed);
    }

    private static async Task LetGoAsync(ProxyRequest request, Fill fill, FillReader reader, Task refreshed)
    {
        await request.DetachAsync(isAnswered: false).ConfigureAwait(false);
        await refreshed.ConfigureAwait(false);
        fill.Leave(reader);
        if (fill.Answered is { IsCompletedSuccessfully: true } answered)
        {
            Drop((await answered.ConfigureAwait(false)).Own);
        }
    }

    private static void Drop(in Outcome<ProxyResponse> outcome)
    {
        if (outcome.IsSuccess)
        {
            outcome.Value?.Dispose();
        }
    }

    private FillStart StartOf(int hash) => new(hash, _changes.Of(hash), _store.Version, _clock.Now);

    private ValueTask<Outcome<ProxyResponse>> Given(in CacheCall call, in CacheLookUp found)
    {
        _cache.CountHit(new RequestFields(call.Request), found);
        return new(Outcomes.Success<ProxyResponse>(found.Stored!));
    }

    // Each who waits is counted once, whoever's load it was; what asks for itself alone is counted by the pipeline.
    private Outcome<ProxyResponse> Ended(in Outcome<ProxyResponse> outcome, in CacheLookUp found)
    {
        _store.CountEnd(outcome, found.At);
        return outcome;
    }

    private static async ValueTask<Outcome<ProxyResponse>> PassAsync(CacheCall call, StringValues status)
    {
        var outcome = await call.SendAsync(call.CancellationToken).ConfigureAwait(false);
        Tell(outcome, status);
        return outcome;
    }

    private static void Tell(in Outcome<ProxyResponse> outcome, StringValues status)
    {
        if (outcome.IsSuccess && outcome.Value is StreamedResponse streamed)
        {
            streamed.CacheStatus = status;
        }
    }

    // Its own client's token: nobody else waits for it. Nothing is made for what is not stored, which is nearly all that comes this way.
    private async ValueTask<Outcome<ProxyResponse>> AloneAsync(CacheCall call, CacheLookUp found)
    {
        if (found.Stored is not null)
        {
            call.Request.Fetch = new CacheFetch(found.Stored, IsLoad: false);
        }

        var start = StartOf(found.Hash);
        var outcome = await call.SendAsync(call.CancellationToken).ConfigureAwait(false);
        if (found.Stored is null)
        {
            if (!outcome.IsSuccess || outcome.Value is not StreamedResponse response)
            {
                return outcome;
            }

            var fields = new RequestFields(call.Request);
            if (response.StatusCode == StatusCodes.Status304NotModified || _reading.Judge(found.Asked, fields, response, start) is not { } head)
            {
                response.CacheStatus = Status.Passed(found.Reason);
                return outcome;
            }

            return await TakenAsync((found, start), fields, fill => _reading.ReadAsync(fill, head, response)).ConfigureAwait(false);
        }

        return await TakenAsync((found, start), new RequestFields(call.Request), fill => _reading.TakeAsync(fill, outcome, call)).ConfigureAwait(false);
    }

    private async ValueTask<Outcome<ProxyResponse>> TakenAsync((CacheLookUp Found, FillStart Start) what, IFieldSource fields, Func<Fill, Task> take)
    {
        var fill = new Fill(FillPlace.Of(what.Found), fields, what.Start, _changes);
        var reader = fill.TryJoin()!;
        _ = take(fill);
        return AnswerOf(await fill.Answered.ConfigureAwait(false), fill, reader, isFirst: true);
    }

    private async ValueTask<Outcome<ProxyResponse>> LoadAsync(CacheCall call, CacheLookUp found)
    {
        var place = FillPlace.Of(found);
        var fields = call.Request.Snapshot();
        var name = _names.Of(place, fields);
        for (var tries = 0; tries < MostTries; tries++)
        {
            var isFirst = false;
            var fill = _fills.GetValueOrDefault(name);
            if (fill is not null && !IsJoinable(fill))
            {
                _fills.TryRemove(new(name, fill));
                fill = null;
            }

            var reader = fill?.TryJoin();
            if (reader is null)
            {
                var own = new Fill(place, fields, StartOf(found.Hash), _changes);
                reader = own.TryJoin()!;
                if (fill is null ? !_fills.TryAdd(name, own) : !_fills.TryUpdate(name, own, fill))
                {
                    tries--;
                    continue;
                }

                fill = own;
                isFirst = true;
                call.Request.Fetch = new CacheFetch(place.Known, IsLoad: true);
                call.Request.Outlive();
                _ = RunAsync(fill, name, call);
            }
            else if (!_store.TryJoin())
            {
                fill!.Leave(reader);
                return Ended(Outcomes.Refused<ProxyResponse>(RefusalReason.QueueFull), found);
            }

            FillResult? result;
            try
            {
                result = await WaitAsync(fill!, call).ConfigureAwait(false);
            }
            finally
            {
                if (isFirst ? fill!.TryHandOver() : !fill!.TryTakeOver())
                {
                    _store.Leave();
                }
            }

            if (result is null)
            {
                Leave(fill!, reader, isFirst);
                return Ended(Outcomes.Refused<ProxyResponse>(call.CancellationToken.IsCancellationRequested ? RefusalReason.Cancelled : RefusalReason.DeadlinePassed), found);
            }

            if (isFirst || IsFor(result, place, fields))
            {
                return Ended(AnswerOf(result, fill!, reader, isFirst), found);
            }

            fill!.Leave(reader);
            if (!result.IsForAll || (result.Head ?? result.Whole?.Head) is not { } head)
            {
                break;
            }

            // Now it is known what tells the requests apart.
            name = FillNames.Of(place, head.Variance.Names, fields);
        }

        return await AloneAsync(call, found).ConfigureAwait(false);
    }

    // Who came later gets what is for all; a failure is everybody's, but for one that the first one's leaving caused.
    private static bool IsFor(FillResult result, FillPlace place, FieldSnapshot fields) =>
        result.IsForAll && ((result.Head ?? result.Whole?.Head) is not { } head || head.Variance.Matches(place.Asked.Scope, fields));

    private Outcome<ProxyResponse> AnswerOf(FillResult result, Fill fill, FillReader reader, bool isFirst)
    {
        if (result.Head is { } head)
        {
            return Outcomes.Success<ProxyResponse>(new FilledResponse(head, fill, reader, _clock, isFirst ? Status.Stored(fill.Place.Reason) : Status.Collapsed));
        }

        fill.Leave(reader);
        if (result.Whole is { } whole)
        {
            return Outcomes.Success<ProxyResponse>(new ServedResponse(whole, isFirst ? result.Status : Status.Collapsed));
        }

        Tell(result.Own, Status.Passed(fill.Place.Reason));
        return result.Own;
    }

    private static void Leave(Fill fill, FillReader reader, bool isFirst)
    {
        fill.Leave(reader);
        if (isFirst)
        {
            // What only this one client would have got is to be let go.
            _ = fill.Answered.ContinueWith(
                static answered => Drop(answered.Result.Own), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
    }

    private static async ValueTask<FillResult?> WaitAsync(Fill fill, CacheCall call)
    {
        if (fill.Answered.IsCompleted)
        {
            return await fill.Answered.ConfigureAwait(false);
        }

        try
        {
            return call.Timeout == TimeSpan.Zero
                ? await fill.Answered.WaitAsync(call.CancellationToken).ConfigureAwait(false)
                : await fill.Answered.WaitAsync(call.Timeout, call.CancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            return null;
        }
    }

    private bool IsJoinable(Fill fill) => !fill.IsOvertaken && !fill.Body.IsTooLarge && _store.IsValidSince(fill.Start.Version, fill.Place.Key);

    private async Task RunAsync(Fill fill, string name, CacheCall call)
    {
        try
        {
            if (fill.Place.Known is null && _store.HasSecondLevel && await TryAnswerFromSecondAsync(fill, call.Request).ConfigureAwait(false))
            {
                return;
            }

            var outcome = await call.SendAsync(fill.Token).ConfigureAwait(false);
            _store.CountLoad(_clock.Now - fill.Start.AskedAt, hasFailed: !outcome.IsSuccess);
            await _reading.TakeAsync(fill, outcome, call).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            fill.Answer(FillResult.Failed(Outcomes.Faulted<ProxyResponse>(exception)));
        }
        finally
        {
            _fills.TryRemove(new(name, fill));
        }
    }

    private async ValueTask<bool> TryAnswerFromSecondAsync(Fill fill, ProxyRequest request)
    {
        var place = fill.Place;
        if (await _store.ReadAsync(place.Key, fill.Token).ConfigureAwait(false) is not StoredSet set
            || set.Select(place.Asked.Scope, fill.Request) is not { } stored
            || !_cache.IsFor(stored, fill.Request))
        {
            return false;
        }

        if (_cache.ReuseOf(stored, fill.Request) == Reuse.Ask)
        {
            fill.Place = place with { Known = stored, Reason = ForwardReason.Stale };
            request.Fetch = new CacheFetch(stored, IsLoad: true);
            return false;
        }

        return fill.Answer(FillResult.Of(stored, default, isForAll: true));
    }
}
