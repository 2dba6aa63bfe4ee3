using AkkaPerf.Exchanges;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Transport;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Caching;

/// <summary>Takes what a backend answered to a fill: reads it for all who wait, stores it, or lets what is stored take its place.</summary>
internal sealed class FillReading
{
    private readonly CacheWriter _writer;
    private readonly ResponseJudge _judge;
    private readonly CacheClock _clock;
    private readonly long _maxBody;
    private readonly TimeSpan _activity;
    private readonly CacheStatus _status;
    private readonly HitForMiss _marks;
    private readonly QueryTable? _queries;

    public FillReading(CacheWriter writer, ResponseJudge judge, (CacheClock Clock, long MaxBody, TimeSpan Activity) limits, (CacheStatus Status, HitForMiss Marks, QueryTable? Queries) told)
    {
        _writer = writer;
        _judge = judge;
        (_clock, _maxBody, _activity) = limits;
        (_status, _marks, _queries) = told;
    }

    /// <summary>Who stores what is read.</summary>
    public CacheWriter Writer => _writer;

    /// <summary>The head of a response as it is stored; null if it is not, or too large. Its URL is then remembered for a while.</summary>
    public StoredHead? Judge(in CacheAddress asked, IFieldSource request, StreamedResponse response, in FillStart start)
    {
        if (_maxBody > 0
            && !(response.Backend.ContentLength > _maxBody)
            && _judge.Judge(asked, request, response.Backend, start.AskedAt) is { } head)
        {
            return head;
        }

        Mark(request, response, start);
        return null;
    }

    /// <summary>Takes the answer; ends when its body has been read, or is another's business. Throws nothing.</summary>
    public async Task TakeAsync(Fill fill, Outcome<ProxyResponse> outcome, CacheCall call)
    {
        try
        {
            await TakeOrThrowAsync(fill, outcome, call).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            fill.Answer(FillResult.Failed(Outcomes.Faulted<ProxyResponse>(exception)));
        }
    }

    /// <summary>Takes the head that a backend answers with to HEAD: what is stored is as fresh then, or is dropped if it is something else (RFC 9111, section 4.3.5).</summary>
    public void TakeHead(Fill fill, BackendResponse message)
    {
        var known = fill.Place.Known!;
        if (!UpdateRules.IsOfSame(known, message) || IsMisplaced(fill, message))
        {
            _writer.Drop(fill, known);
        }
        else if (_judge.Freshen(known.Head, (fill.Place.Asked, fill.Request), message, fill.Start.AskedAt) is { } head)
        {
            _writer.Refresh(fill, [(known, known.With(head))]);
        }
    }

    /// <summary>Reads a body for all who wait for it, and stores it. Throws nothing.</summary>
    public async Task ReadAsync(Fill fill, StoredHead head, StreamedResponse response)
    {
        if (!IsReusable(head))
        {
            Mark(fill.Request, response, fill.Start);
        }

        try
        {
            await ReadOrThrowAsync(fill, head, response).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            fill.Body.Fail(exception);

            // That it was stopped, because nobody wants it or it is too large, is no failure of the backend's.
            fill.Answer(!fill.Token.IsCancellationRequested && MayBeStale(fill.Place.Known, isAnswered: true)
                ? Stale(fill.Place.Known!)
                : FillResult.Failed(Outcomes.Faulted<ProxyResponse>(exception)));
        }
    }

    // What one client may not share says nothing of those who do not say who they are, nor a failure of what comes after it.
    private void Mark(IFieldSource request, StreamedResponse response, in FillStart start)
    {
        if (response.StatusCode < 500 && !HttpCache.ShowsWhoAsks(request))
        {
            _marks.Add(start.Hash);
        }
    }

    private async Task TakeOrThrowAsync(Fill fill, Outcome<ProxyResponse> outcome, CacheCall call)
    {
        var known = fill.Place.Known;
        if (!outcome.IsSuccess)
        {
            fill.Answer(outcome.Reason != RefusalReason.Cancelled && MayBeStale(known, isAnswered: false) ? Stale(known!) : FillResult.Failed(WithoutStale(outcome, known)));
            return;
        }

        if (outcome.Value.StatusCode >= 500 && MayBeStale(known, isAnswered: true))
        {
            outcome.Value.Dispose();
            fill.Answer(Stale(known!));
            return;
        }

        if (outcome.Value is not StreamedResponse response)
        {
            fill.Answer(FillResult.Unshared(outcome));
            return;
        }

        if (known is not null && response.StatusCode == StatusCodes.Status304NotModified && call.Request.Fetch is { Known: not null })
        {
            await UnchangedAsync(fill, known, response, call).ConfigureAwait(false);
            return;
        }

        if (Judge(fill.Place.Asked, fill.Request, response, fill.Start) is { } head)
        {
            await ReadAsync(fill, head, response).ConfigureAwait(false);
            return;
        }

        if (known is not null && response.StatusCode < 500)
        {
            // What took its place is not to be stored: the old one is of no use any more.
            _writer.Drop(fill, known);
        }

        fill.Answer(FillResult.Unshared(outcome));
    }

    // Without asking each time it may only be given while it is fresh: those who wait ask for themselves.
    private bool IsReusable(StoredHead head) => _clock.Now < head.FreshUntil && !head.Rules.NeedsValidation;

    private async Task ReadOrThrowAsync(Fill fill, StoredHead head, StreamedResponse response)
    {
        LearnQuery(fill, response.Backend);
        fill.Own = ResponseJudge.WithheldOf(response.Backend, head);
        var body = fill.Body;
        using var message = response.ToMessage(new HttpRequestMessage(HttpMethod.Get, (string?)null));
        body.Begin(message.Content is Client.NoBody ? 0 : response.Backend.ContentLength, _maxBody);
        var stream = await message.Content.ReadAsStreamAsync(fill.Token).ConfigureAwait(false);
        var end = new byte[1];
        var received = 0L;
        while (true)
        {
            if (body.IsFull)
            {
                await MakeRoomAsync(fill, head).ConfigureAwait(false);
            }

            var room = body.Room();
            var read = stream.ReadAsync(room.IsEmpty ? end : room, fill.Token);
            if (!read.IsCompleted)
            {
                fill.Answer(FillResult.Of(head, IsReusable(head)));
                body.Tell();
            }

            var count = await read.ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            received += count;
            if (room.IsEmpty)
            {
                throw new HttpIOException(HttpRequestError.InvalidResponse, "The backend's body is longer than it said.");
            }

            body.Advance(count);
        }

        if (received < body.Length)
        {
            // Over HTTP/2 the runtime's client does not look.
            throw new HttpIOException(HttpRequestError.ResponseEnded, "The backend's body is shorter than it said.");
        }

        var trailers = response.Backend.Trailers();
        if (body.IsTooLarge)
        {
            body.Complete(trailers);
            return;
        }

        // Stored before its readers see the end: whoever has had all of it finds it.
        var stored = new StoredResponse(head, body.ToBytes(), trailers, _clock, _writer.Name);
        _writer.Store(fill, stored);
        body.Complete(trailers);
        fill.Answer(FillResult.Of(stored, _status.Stored(fill.Place.Reason), IsReusable(head)));
    }

    // From now on it is known what matters of the query: it is stored where those who differ in nothing else will look.
    private void LearnQuery(Fill fill, BackendResponse message)
    {
        if (_queries?.Learn(fill.Place.Asked, QueryRules.Parse(message["No-Vary-Search"])) is { Key: { } key } asked)
        {
            fill.Move(asked, key);
        }
    }

    // What says something else of its query now is not to be found any more where it is stored.
    private static bool IsMisplaced(Fill fill, BackendResponse message) =>
        fill.Place.Asked.Normal is { } normal
        && message["No-Vary-Search"] is { Count: > 0 } said
        && QueryTable.KeyedBy(QueryRules.Parse(said), fill.Place.Asked).Normal != normal;

    // Of what is too large to be stored: in step with its readers, of whom one that stands still holds up the others for a while only.
    private async ValueTask MakeRoomAsync(Fill fill, StoredHead head)
    {
        fill.Answer(FillResult.Of(head, IsReusable(head)));
        try
        {
            // Well before the backend's body is given up, for nobody having read it.
            await fill.Body.TakenAsync().WaitAsync(_activity / 2, _clock.Time, fill.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // They may still be looking at the window: it is not written into any more.
            fill.DropLaggards();
            fill.Body.Recycle(isWindowKept: false);
            return;
        }

        fill.Body.Recycle(isWindowKept: true);
    }

    // RFC 9111, section 4.3.3 and 4.3.4.
    private async Task UnchangedAsync(Fill fill, StoredResponse known, StreamedResponse response, CacheCall call)
    {
        var fields = response.Backend;
        var chosen = ChosenBy(fill);
        if (UpdateRules.IsUpdateOf(known.Head, fields, isOnlyOne: chosen.Length <= 1))
        {
            Update(fill, known, response, chosen);
            return;
        }

        var namesNothing = UpdateRules.NamesNothing(fields);
        response.Dispose();
        if (!namesNothing)
        {
            _writer.Drop(fill, known);
            fill.Place = fill.Place with { Known = null };
        }
        else if (known.Head.Rules.NeedsValidation)
        {
            // It may be used, and is no fresher than it was: it would be asked about each time anyway.
            fill.Answer(FillResult.Of(known, _status.Validated(fill.Place.Reason), isForAll: false));
            return;
        }

        // It speaks of something that we do not have, or nothing may be updated by it: all of it is asked for.
        call.Request.Fetch = new CacheFetch(Known: null, fill);
        var again = await call.SendAsync(fill.Token).ConfigureAwait(false);
        await TakeOrThrowAsync(fill, again, call).ConfigureAwait(false);
    }

    private void Update(Fill fill, StoredResponse known, StreamedResponse response, StoredResponse[] chosen)
    {
        if (!IsMisplaced(fill, response.Backend)
            && _judge.Freshen(known.Head, (fill.Place.Asked, fill.Request), response.Backend, fill.Start.AskedAt) is { } head)
        {
            fill.Own = ResponseJudge.WithheldOf(response.Backend, head);
            var fresh = known.With(head);
            (StoredResponse, StoredResponse)[] all = [(known, fresh), .. KinOf(fill, known, response.Backend, chosen)];
            response.Dispose();
            _writer.Refresh(fill, all);
            fill.Answer(FillResult.Of(fresh, _status.Unchanged(fill.Place.Reason), IsReusable(head)));
            return;
        }

        // It is what it was, and is not to be stored any more.
        response.Dispose();
        _writer.Drop(fill, known);
        fill.Answer(FillResult.Of(known, _status.Unchanged(fill.Place.Reason), isForAll: false));
    }

    // The initial set: all that could have answered the request.
    private StoredResponse[] ChosenBy(Fill fill) =>
        Array.FindAll(_writer.VariantsOf(fill), one => one.Head.Variance.Matches(fill.Place.Asked.Scope, fill.Request));

    // All of them that bear the strong tag of the answer are what it says has not changed.
    private IEnumerable<(StoredResponse Known, StoredResponse Fresh)> KinOf(Fill fill, StoredResponse known, BackendResponse message, StoredResponse[] chosen)
    {
        if (message["ETag"] is not [{ } tag] || !Rules.EntityTag.IsValid(tag) || Rules.EntityTag.IsWeak(tag))
        {
            yield break;
        }

        foreach (var other in chosen)
        {
            if (other != known
                && other.Head.ETag == tag
                && _judge.Freshen(other.Head, (fill.Place.Asked, fill.Request), message, fill.Start.AskedAt, isOwn: false) is { } head)
            {
                yield return (other, other.With(head));
            }
        }
    }

    // RFC 9111, section 4.2.4; RFC 5861, section 4.
    private bool MayBeStale(StoredResponse? known, bool isAnswered) =>
        known is not null && !known.Head.Rules.NeverStale && _clock.Now < (isAnswered ? known.ErrorUntil : known.Head.KeepUntil);

    // RFC 9111, section 5.2.2.2: what must not be given stale is answered 504 while it cannot be asked about. That we are too busy to ask is another thing, and stays a refusal.
    private static Outcome<ProxyResponse> WithoutStale(in Outcome<ProxyResponse> outcome, StoredResponse? known)
    {
        if (known is not { Head.Rules.NeverStale: true })
        {
            return outcome;
        }

        return outcome.Reason switch
        {
            null when outcome.Exception is { } fault => Outcomes.Faulted<ProxyResponse>(new NotValidatedException(fault)),
            RefusalReason.NoHealthyBackend => Outcomes.Faulted<ProxyResponse>(new NotValidatedException(new RequestRejectedException(RefusalReason.NoHealthyBackend, outcome.RetryAfter))),
            _ => outcome,
        };
    }

    private FillResult Stale(StoredResponse known)
    {
        _writer.Hold(known);
        return FillResult.Stale(known, _status.GivenStale);
    }
}
