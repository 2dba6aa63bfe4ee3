using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>A whole response in memory, its bytes laid out once; answers every request that it fits, conditions and ranges included. Any thread.</summary>
internal sealed class StoredResponse : ProxyResponse
{
    private const int SliceBytes = 64 * 1024;

    private readonly KeyValuePair<string, StringValues>[] _trailers;
    private readonly byte[] _body;
    private readonly CacheClock _clock;
    private readonly string _name;

    // What it says of its age changes once a second: whichever thread writes it, it is true.
    private AgeTexts? _texts;
    private CodedCopies? _copies;
    private SoftState? _soft;
    private long _retryAt = long.MinValue;
    private long _heldUntil = long.MinValue;

    /// <summary>Takes a head and its body.</summary>
    /// <param name="head">The head.</param>
    /// <param name="body">The body.</param>
    /// <param name="trailers">What came behind it.</param>
    /// <param name="clock">The clock of its age.</param>
    /// <param name="name">The cache's name in Cache-Status; empty: it is not said.</param>
    public StoredResponse(StoredHead head, byte[] body, KeyValuePair<string, StringValues>[] trailers, CacheClock clock, string name)
    {
        Head = head;
        _body = body;
        _trailers = trailers;
        _clock = clock;
        _name = name;
    }

    public StoredHead Head { get; }

    public ReadOnlyMemory<byte> Body => _body;

    public IReadOnlyList<KeyValuePair<string, StringValues>> Trailers => _trailers;

    /// <summary>The name of the cache in Cache-Status.</summary>
    public string Name => _name;

    public override int StatusCode => Head.Status;

    /// <summary>An estimate of what it takes, its coded copies included.</summary>
    public long Weight =>
        Head.Bytes + _trailers.Sum(static one => 60 + (2L * (one.Key.Length + one.Value.ToString().Length))) + (Head.IsCodable ? 2L * _body.Length : _body.Length);

    /// <summary>Until when it is fresh, as a timestamp.</summary>
    public long FreshUntil => Math.Min(Head.FreshUntil, StaleSince);

    /// <summary>Until when it may be given while it is refreshed, as a timestamp.</summary>
    public long RevalidateUntil => FreshUntil + (Head.RevalidateUntil - Head.FreshUntil);

    /// <summary>Until when it may be given if a backend answers with an error, as a timestamp.</summary>
    public long ErrorUntil => FreshUntil + (Head.ErrorUntil - Head.FreshUntil);

    private long StaleSince => Volatile.Read(ref _soft)?.StaleSince ?? long.MaxValue;

    /// <summary>Looks whether it was marked as stale since this was last asked.</summary>
    public void Look(SoftMarks marks, ReadOnlySpan<char> key)
    {
        var version = marks.Version;
        var known = Volatile.Read(ref _soft);
        if (version == (known?.Version ?? 0))
        {
            return;
        }

        var now = new SoftState(version, marks.StaleSince(key.ToString(), Head));
        Volatile.Write(ref _soft, now);
        if (now.StaleSince != (known?.StaleSince ?? long.MaxValue))
        {
            // They say until when it is fresh.
            Volatile.Write(ref _texts, null);
            Volatile.Write(ref _copies, null);
        }
    }

    /// <summary>Lets one caller refresh it in the background; the next may at this timestamp at the earliest.</summary>
    public bool TryClaimRefresh(long now, long next)
    {
        var at = Volatile.Read(ref _retryAt);
        return now >= at && Interlocked.CompareExchange(ref _retryAt, next, at) == at;
    }

    /// <summary>Whether nothing fresh could be had a moment ago, so that it is given without asking.</summary>
    public bool IsHeld(long now) => now < Volatile.Read(ref _heldUntil);

    /// <summary>Has it given without asking for a while.</summary>
    public void Hold(long until) => Volatile.Write(ref _heldUntil, until);

    /// <summary>The same body under a head that says more of it (RFC 9111, section 4.3.4).</summary>
    public StoredResponse With(StoredHead head) => new(head, _body, _trailers, _clock, _name);

    /// <summary>The same body under a head that says it in other words.</summary>
    public StoredResponse Like(StoredHead head) => new(head, _body, _trailers, _clock, _name) { _soft = Volatile.Read(ref _soft) };

    /// <summary>The same in a coding: what a trailer says of the other bytes is left out.</summary>
    public StoredResponse Coded(StoredHead head, byte[] body) =>
        new(head, body, [.. _trailers.Where(static trailer => !CompressionRules.IsDigest(trailer.Key))], _clock, _name) { _soft = Volatile.Read(ref _soft) };

    public override Task WriteToAsync(HttpContext context) => WriteToAsync(context, status: default);

    internal override Task WriteToAsync(HttpContext context, ResponseCompression? compression) => WriteToAsync(context, compression, status: default);

    /// <summary>Writes it in a coding that the client accepts, if the route compresses; what is not coded yet is coded now, for all who ask.</summary>
    internal Task WriteToAsync(HttpContext context, ResponseCompression? compression, StringValues status)
    {
        if (compression is null || CopiesFor(compression) is not { IsCodable: true } copies)
        {
            return WriteToAsync(context, status);
        }

        var coding = compression.Choose(context.Request, copies.IsForAll);
        return copies.Find(coding) is { } copy ? WriteCopyAsync(context, copy, status) : MakeAndWriteAsync(context, copies, coding, status);
    }

    /// <summary>Writes it.</summary>
    /// <param name="context">The client's request.</param>
    /// <param name="status">How the cache took part; default for a hit.</param>
    public Task WriteToAsync(HttpContext context, StringValues status)
    {
        var method = context.Request.Method;
        var answer = StoredAnswer.Of(Head, _body, new ContextFields(context.Request.Headers), method, _clock.Time);
        var response = context.Response;
        var headers = response.Headers;
        response.StatusCode = answer.Status;
        if (Head.Reason is { } reason && answer.Status == Head.Status)
        {
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
        }

        var isWhole = answer.Status == Head.Status;
        foreach (var (name, values) in Head.Fields)
        {
            if (isWhole || answer.Has(name))
            {
                headers[name] = values;
            }
        }

        var texts = Texts();
        headers.Age = texts.Age;
        if (_name.Length > 0)
        {
            headers["Cache-Status"] = StringValues.Concat(headers["Cache-Status"], status.Count > 0 ? status : texts.Status);
        }

        if (isWhole)
        {
            headers.ContentLength = Head.Status == StatusCodes.Status204NoContent ? null : _body.Length;
            ResponseTrailers.Append(response, _trailers);
        }
        else
        {
            AddPart(headers, answer);
        }

        if (answer.Body.IsEmpty || HttpMethods.IsHead(method))
        {
            return Task.CompletedTask;
        }

        if (answer.Body.Length > SliceBytes)
        {
            return WriteSlicesAsync(response.BodyWriter, answer.Body);
        }

        var write = response.BodyWriter.WriteAsync(answer.Body, CancellationToken.None);
        return write.IsCompletedSuccessfully ? Task.CompletedTask : write.AsTask();
    }

    internal override HttpResponseMessage ToMessage(HttpRequestMessage request) => ToMessage(request, status: default);

    /// <summary>Gives it to an <see cref="HttpClient"/>.</summary>
    internal HttpResponseMessage ToMessage(HttpRequestMessage request, StringValues status)
    {
        var answer = StoredAnswer.Of(Head, _body, new RequestMessageFields(request), request.Method.Method, _clock.Time);
        var isHead = request.Method == HttpMethod.Head;
        var message = new HttpResponseMessage((HttpStatusCode)answer.Status)
        {
            Version = Head.Version,
            RequestMessage = request,
            Content = answer.Body.IsEmpty || isHead ? new NoBody() : new ReadOnlyMemoryContent(answer.Body),
        };
        if (Head.Reason is { } reason && answer.Status == Head.Status)
        {
            message.ReasonPhrase = reason;
        }

        foreach (var (name, values) in Head.Fields)
        {
            if (answer.Has(name))
            {
                ResponseMessages.Add(message, name, values);
            }
        }

        var texts = Texts();
        ResponseMessages.Add(message, "Age", texts.Age);
        if (_name.Length > 0)
        {
            ResponseMessages.Add(message, "Cache-Status", status.Count > 0 ? status : texts.Status);
        }

        Complete(message, answer);
        return message;
    }

    // The server copies what is written: at once, it would hold a whole body for every slow reader.
    private static async Task WriteSlicesAsync(PipeWriter writer, ReadOnlyMemory<byte> body)
    {
        while (!body.IsEmpty)
        {
            var slice = body[..Math.Min(SliceBytes, body.Length)];
            if ((await writer.WriteAsync(slice, CancellationToken.None).ConfigureAwait(false)).IsCompleted)
            {
                return;
            }

            body = body[slice.Length..];
        }
    }

    private static void AddPart(IHeaderDictionary headers, in StoredAnswer answer)
    {
        if (answer.ContentRange is { } range)
        {
            headers.ContentRange = range;
        }

        if (answer.ContentType is { } type)
        {
            headers.ContentType = type;
        }

        if (answer.Status != StatusCodes.Status304NotModified)
        {
            headers.ContentLength = answer.Body.Length;
        }
    }

    private void Complete(HttpResponseMessage message, in StoredAnswer answer)
    {
        if (answer.ContentRange is { } range)
        {
            message.Content.Headers.TryAddWithoutValidation("Content-Range", range);
        }

        if (answer.ContentType is { } type)
        {
            message.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        if (answer.Status is not (StatusCodes.Status304NotModified or StatusCodes.Status204NoContent))
        {
            message.Content.Headers.ContentLength = answer.Body.Length;
        }

        if (answer.Status == Head.Status)
        {
            foreach (var (name, values) in _trailers)
            {
                message.TrailingHeaders.TryAddWithoutValidation(name, (string?)values);
            }
        }
    }

    private static async Task MakeAndWriteAsync(HttpContext context, CodedCopies copies, ContentCoding coding, StringValues status)
    {
        var copy = await copies.MakeAsync(coding, context.RequestAborted).ConfigureAwait(false);
        await WriteCopyAsync(context, copy, status).ConfigureAwait(false);
    }

    // A 304 bears the tag under which the client has the body, which may be another copy's.
    private static Task WriteCopyAsync(HttpContext context, StoredResponse copy, StringValues status)
    {
        var written = copy.WriteToAsync(context, status);
        if (context.Response.StatusCode == StatusCodes.Status304NotModified && copy.Head.ETag is { } tag)
        {
            context.Response.Headers.ETag = CodedTags.OfNotModified(context.Request.Headers.IfNoneMatch, tag, ContentCoding.Identity);
        }

        return written;
    }

    private CodedCopies CopiesFor(ResponseCompression compression)
    {
        var copies = Volatile.Read(ref _copies);
        if (copies is null || copies.Rules != compression.Rules)
        {
            copies = new CodedCopies(this, compression);
            Volatile.Write(ref _copies, copies);
        }

        return copies;
    }

    private AgeTexts Texts()
    {
        var age = _clock.SecondsSince(Head.BornAt);
        if (Volatile.Read(ref _texts) is { } texts && texts.Seconds == age)
        {
            return texts;
        }

        var left = _clock.SecondsUntil(FreshUntil);
        texts = new AgeTexts(
            age,
            age.ToString(CultureInfo.InvariantCulture),
            _name.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"{_name}; hit; ttl={left}") : default(StringValues));
        Volatile.Write(ref _texts, texts);
        return texts;
    }

    private sealed record SoftState(int Version, long StaleSince);

    private sealed record AgeTexts(long Seconds, StringValues Age, StringValues Status);
}
