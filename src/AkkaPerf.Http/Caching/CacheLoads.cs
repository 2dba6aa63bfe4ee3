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
    private readonly FillReading _reading;
    private readonly Fills _fills;

    public CacheLoads(HttpCache cache, IPipelineStore<ProxyResponse> store, long maxBody, TimeSpan activity)
    {
        _cache = cache;
        _store = store;
        var clock = cache.Clock;
        Status = new CacheStatus(store.Options.Http.CacheStatus);
        _reading = new FillReading(new CacheWriter(store, clock, Status), new ResponseJudge(store.Options, clock), (clock, maxBody, activity), (Status, cache.Marks, cache.Queries));
        _fills = new Fills(cache, store, _reading);
        Refreshes = new CacheRefreshes(store, clock, _fills);
    }

    /// <summary>What is asked without a client who waits.</summary>
    public CacheRefreshes Refreshes { get; }

    public CacheStatus Status { get; }

    /// <summary>Answers a request as the look-up said. Throws nothing.</summary>
    public ValueTask<Outcome<ProxyResponse>> SendAsync(in CacheCall call, in CacheLookUp found)
    {
        switch (found.Plan)
        {
            case CachePlan.Give:
                return Given(call, found);
            case CachePlan.GiveAndRefresh:
                if (Refreshes.TryClaim(found.Stored!))
                {
                    Refreshes.Begin(call.Pipeline, call.Request, found);
                }

                return Given(call, found);
            case CachePlan.NotStored:
                return StoredAsync(call, found);
            case CachePlan.Alone when found.Stored is not null:
                _store.Count(StoreCount.Miss);
                return AskedAgainAsync(call, found);
            case CachePlan.Load:
                _store.Count(StoreCount.Miss);
                return LoadAsync(call, found);
            case CachePlan.Head:
                return HeadAsync(call, found);
            case CachePlan.Unsafe:
                return _cache.Changes.SendAsync(call, found, Status.Method);
            default:
                _ = TryBegin(found, out var start);
                return BegunAsync(call, found, start);
        }
    }

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

    // Who leads has the span of what he sends through the pipeline; who asks for himself after all has his own.
    private Outcome<ProxyResponse> Traced(in Outcome<ProxyResponse> outcome, in CacheLookUp found, FieldSnapshot fields, Fill? load)
    {
        if (_store.IsTraced && _store.StartWait(found.At, TraceContext.Of(fields), hasJoined: load is not null, load?.Span) is { } span)
        {
            _store.EndSpan(span, outcome);
        }

        return outcome;
    }

    // Who leads is sent through no pipeline, and has no span of it, where the store had the answer.
    private Outcome<ProxyResponse> TracedAsFound(in Outcome<ProxyResponse> outcome, in CacheLookUp found, FieldSnapshot fields, FillResult result)
    {
        if (result.FoundIn is { } level && _store.IsTraced && _store.StartWait(found.At, TraceContext.Of(fields), hasJoined: false, load: null) is { } span)
        {
            span.AddEvent(level == StoreLevel.First ? new("akkaperf.caching.hit") : new("akkaperf.caching.looked_up", tags: new() { ["akkaperf.result"] = "hit" }));
            _store.EndSpan(span, outcome);
        }

        return outcome;
    }

    // RFC 9111, section 5.2.1.7: the second level is a part of the cache.
    private async ValueTask<Outcome<ProxyResponse>> StoredAsync(CacheCall call, CacheLookUp found)
    {
        if (found.Stored is null && _store.HasSecondLevel)
        {
            var fields = call.Request.Snapshot();
            var fill = _fills.Create(FillPlace.Of(found), fields, found.Hash);
            var reader = fill.TryJoin()!;
            if (await _fills.FindAsync(fill, call).ConfigureAwait(false) is { } result)
            {
                return TracedAsFound(Ended(AnswerOf(result, fill, reader, isFirst: true), found), found, fields, result);
            }

            fill.Leave(reader);
        }

        return Ended(Outcomes.Success<ProxyResponse>(Problem.NotStored), found);
    }

    // RFC 9111, section 4.3.5: what the head says is true of the whole that is stored.
    private async ValueTask<Outcome<ProxyResponse>> HeadAsync(CacheCall call, CacheLookUp found)
    {
        var start = _fills.StartOf(found.Hash, _cache.Clock.Now);
        var outcome = await call.SendAsync(call.CancellationToken).ConfigureAwait(false);
        if (outcome.IsSuccess && outcome.Value is StreamedResponse { StatusCode: StatusCodes.Status200OK } response)
        {
            _reading.TakeHead(_fills.Create(FillPlace.Of(found), new RequestFields(call.Request), start), response.Backend);
        }

        Tell(outcome, Status.Passed(found.Reason));
        return outcome;
    }

    private static void Tell(in Outcome<ProxyResponse> outcome, StringValues status)
    {
        if (outcome.IsSuccess && outcome.Value is StreamedResponse streamed)
        {
            streamed.CacheStatus = status;
        }
    }

    /// <summary>Begins what passes, or is asked for by its client alone: the caller then sends it, and shows what comes to <see cref="Judge"/>. False for all else.</summary>
    public bool TryBegin(in CacheLookUp found, out FillStart start)
    {
        switch (found.Plan)
        {
            case CachePlan.Pass:
                start = default;
                return true;
            case CachePlan.Alone when found.Stored is null:
                _store.Count(StoreCount.Miss);
                start = _fills.StartOf(found.Hash, found.At);
                return true;
            default:
                start = default;
                return false;
        }
    }

    /// <summary>The head of an answer to what was begun, if it is to be kept: then <see cref="KeepAsync"/> has the answer. Null, nearly always, for one that goes on as it is.</summary>
    public StoredHead? Judge(in Outcome<ProxyResponse> outcome, ProxyRequest request, in CacheLookUp found, in FillStart start)
    {
        if (!outcome.IsSuccess || outcome.Value is not StreamedResponse response)
        {
            return null;
        }

        if (found.Plan == CachePlan.Alone
            && response.StatusCode != StatusCodes.Status304NotModified
            && _reading.Judge(found.Asked, new RequestFields(request), response, start) is { } head)
        {
            return head;
        }

        response.CacheStatus = Status.Passed(found.Reason);
        return null;
    }

    /// <summary>Keeps an answer while it is read.</summary>
    public ValueTask<Outcome<ProxyResponse>> KeepAsync(Outcome<ProxyResponse> outcome, StoredHead head, ProxyRequest request, CacheLookUp found, FillStart start) =>
        TakenAsync((found, start), new RequestFields(request), fill => _reading.ReadAsync(fill, head, (StreamedResponse)outcome.Value));

    // Its own client's token: nobody else waits for it. Nothing is made for what is not stored, which is nearly all that comes this way.
    private async ValueTask<Outcome<ProxyResponse>> BegunAsync(CacheCall call, CacheLookUp found, FillStart start)
    {
        var outcome = await call.SendAsync(call.CancellationToken).ConfigureAwait(false);
        return Judge(outcome, call.Request, found, start) is { } head
            ? await KeepAsync(outcome, head, call.Request, found, start).ConfigureAwait(false)
            : outcome;
    }

    private ValueTask<Outcome<ProxyResponse>> AloneAsync(in CacheCall call, in CacheLookUp found) => found.Stored is null
        ? BegunAsync(call, found, _fills.StartOf(found.Hash, _cache.Clock.Now))
        : AskedAgainAsync(call, found);

    private async ValueTask<Outcome<ProxyResponse>> AskedAgainAsync(CacheCall call, CacheLookUp found)
    {
        call.Request.Fetch = new CacheFetch(found.Stored!, Load: null);
        var start = _fills.StartOf(found.Hash, _cache.Clock.Now);
        var outcome = await call.SendAsync(call.CancellationToken).ConfigureAwait(false);
        return await TakenAsync((found, start), new RequestFields(call.Request), fill => _reading.TakeAsync(fill, outcome, call)).ConfigureAwait(false);
    }

    private async ValueTask<Outcome<ProxyResponse>> TakenAsync((CacheLookUp Found, FillStart Start) what, IFieldSource fields, Func<Fill, Task> take)
    {
        var fill = _fills.Create(FillPlace.Of(what.Found), fields, what.Start);
        var reader = fill.TryJoin()!;
        _ = take(fill);
        return AnswerOf(await fill.Answered.ConfigureAwait(false), fill, reader, isFirst: true);
    }

    private async ValueTask<Outcome<ProxyResponse>> LoadAsync(CacheCall call, CacheLookUp found)
    {
        var place = FillPlace.Of(found);
        var fields = call.Request.Snapshot();
        var name = _fills.NameOf(place, fields);
        for (var tries = 0; tries < MostTries; tries++)
        {
            var isFirst = false;
            var version = _store.Version;
            var fill = _fills.Find(name);
            var reader = fill?.TryJoin();
            if (reader is null)
            {
                var own = _fills.Create(place, fields, found.Hash);
                reader = own.TryJoin()!;
                if (!_fills.TryPublish(name, own, seen: fill))
                {
                    tries--;
                    continue;
                }

                fill = own;
                isFirst = true;
                call.Request.Fetch = new CacheFetch(place.Known, fill);
                call.Request.Outlive();
                _ = _fills.RunAsync(fill, name, call);
            }
            else if (!_store.TryJoin())
            {
                fill!.Leave(reader);
                return Traced(Ended(Outcomes.Refused<ProxyResponse>(RefusalReason.QueueFull), found), found, fields, load: null);
            }
            else
            {
                fill!.AddJoiner();
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
                var refused = Ended(Outcomes.Refused<ProxyResponse>(call.CancellationToken.IsCancellationRequested ? RefusalReason.Cancelled : RefusalReason.DeadlinePassed), found);
                return isFirst ? refused : Traced(refused, found, fields, fill);
            }

            if (isFirst || (fill!.Place.Answers(place) && IsFor(result, place, fields) && !IsOlder(fill!, result.Head ?? result.Whole?.Head, version)))
            {
                var ended = Ended(AnswerOf(result, fill!, reader, isFirst), found);
                return isFirst ? TracedAsFound(ended, found, fields, result) : Traced(ended, found, fields, fill);
            }

            fill!.Leave(reader);
            if (!result.IsForAll || !fill.Place.Answers(place) || (result.Head ?? result.Whole?.Head) is not { } head || IsOlder(fill, head, version))
            {
                break;
            }

            // Now it is known what tells the requests apart.
            name = FillNames.Of(place, head.Variance.Names, fields);
        }

        return await AloneAsync(call, found with { Plan = CachePlan.Alone }).ConfigureAwait(false);
    }

    // Who came later gets what is for all; a failure is everybody's, but for one that the first one's leaving caused.
    private static bool IsFor(FillResult result, FillPlace place, FieldSnapshot fields) =>
        result.IsForAll && ((result.Head ?? result.Whole?.Head) is not { } head || head.Variance.Matches(place.Asked.Scope, fields));

    // Its tags are known only now: whoever asked after one of them was purged must not get what had been asked for before.
    private bool IsOlder(Fill fill, StoredHead? head, int version) =>
        head is { Tags.Length: > 0 } && version > fill.Start.Version && !_store.IsValidSince(fill.Start.Version, fill.Place.Key, head.Tags);

    private Outcome<ProxyResponse> AnswerOf(FillResult result, Fill fill, FillReader reader, bool isFirst)
    {
        if (result.Head is { } head)
        {
            return Outcomes.Success<ProxyResponse>(new FilledResponse(
                head, fill, reader, _cache.Clock, isFirst ? (Status.Stored(fill.Place.Reason), fill.Own) : (Status.Collapsed(fill.Place.Reason), [])));
        }

        fill.Leave(reader);
        if (result.Whole is { } whole)
        {
            // What was found in the store is a hit for all of them: nothing was asked.
            var isTold = isFirst || result.IsStale || result.FoundIn is not null;
            return Outcomes.Success<ProxyResponse>(new ServedResponse(whole, isTold ? result.Status : Status.Collapsed(fill.Place.Reason), isFirst ? fill.Own : []));
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
                static answered => answered.Result.DropOwn(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
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
}
