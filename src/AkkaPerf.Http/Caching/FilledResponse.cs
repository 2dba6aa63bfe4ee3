using System.Buffers;
using System.Globalization;
using System.Net;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>A response that is on its way into the store, as one of those gets it who wait for it.</summary>
internal sealed class FilledResponse : ProxyResponse
{
    private readonly StoredHead _head;
    private readonly Fill _fill;
    private readonly FillReader _reader;
    private readonly CacheClock _clock;
    private readonly StringValues _status;
    private readonly KeyValuePair<string, StringValues>[] _own;
    private int _isReleased;

    public FilledResponse(StoredHead head, Fill fill, FillReader reader, CacheClock clock, (StringValues Status, KeyValuePair<string, StringValues>[] Own) said)
    {
        _head = head;
        _fill = fill;
        _reader = reader;
        _clock = clock;
        (_status, _own) = said;
    }

    public override int StatusCode => _head.Status;

    internal override bool CameByHttp2 => _head.Version.Major == 2;

    public override Task WriteToAsync(HttpContext context) => WriteToAsync(context, compression: null);

    internal override Task WriteToAsync(HttpContext context, ResponseCompression? compression)
    {
        if (!StoredAnswer.IsNotModified(_head, new ContextFields(context.Request.Headers), _clock.Time))
        {
            return WriteWholeAsync(context, compression);
        }

        WriteHead(context, StoredAnswer.NotModified);
        compression?.Begin(context, length: null);
        ReadOn();
        return Task.CompletedTask;
    }

    internal override HttpResponseMessage ToMessage(HttpRequestMessage request)
    {
        StoredAnswer? answer = StoredAnswer.IsNotModified(_head, new RequestMessageFields(request), _clock.Time) ? StoredAnswer.NotModified : null;
        var message = new HttpResponseMessage((HttpStatusCode)(answer?.Status ?? _head.Status)) { Version = _head.Version, RequestMessage = request };
        if (_head.Reason is { } reason && answer is null)
        {
            message.ReasonPhrase = reason;
        }

        message.Content = answer is null ? new StreamContent(new FilledBody(this, _fill, _reader, message)) : new NoBody();
        foreach (var (name, values) in _head.Fields.Concat(_own))
        {
            if (answer?.Has(name) ?? true)
            {
                ResponseMessages.Add(message, name, values);
            }
        }

        ResponseMessages.Add(message, "Age", Age());
        if (_status.Count > 0)
        {
            ResponseMessages.Add(message, "Cache-Status", _status);
        }

        if (answer is null)
        {
            message.Content.Headers.ContentLength = _fill.Body.Length;
        }
        else
        {
            ReadOn();
        }

        return message;
    }

    private protected override void Release()
    {
        if (TryRelease())
        {
            _fill.Leave(_reader);
        }
    }

    private async Task WriteWholeAsync(HttpContext context, ResponseCompression? compression)
    {
        CodedBody? coded = null;
        try
        {
            WriteHead(context, answer: null);
            coded = compression?.Begin(context, _fill.Body.Length);
            var writer = context.Response.BodyWriter;
            ReadOnlyMemory<byte> bytes;
            while (true)
            {
                var next = _reader.NextAsync(context.RequestAborted);
                if (!next.IsCompleted && !context.Response.HasStarted)
                {
                    // The head is not to wait for a backend that pauses.
                    await writer.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                }

                bytes = await next.ConfigureAwait(false);
                if (bytes.IsEmpty || _reader.HasAll)
                {
                    break;
                }

                // What has come so far is not to wait for what comes.
                var written = coded is null ? bytes : coded.WriteThrough(bytes);
                var flushed = await writer.WriteAsync(written, CancellationToken.None).ConfigureAwait(false);
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    return;
                }
            }

            if (coded is not null)
            {
                bytes = coded.Finish(bytes);
            }

            if (BodyPump.GoesWithEnd(context.Response, bytes.Length))
            {
                writer.Write(bytes.Span);
            }
            else
            {
                await writer.WriteAsync(bytes, CancellationToken.None).ConfigureAwait(false);
            }

            ResponseTrailers.Append(context.Response, _fill.Body.Trailers, isCoded: coded is not null);
        }
        catch (Exception)
        {
            // Some of it may have gone out: the client must not take it for the whole.
            context.Abort();
        }
        finally
        {
            coded?.Dispose();
            Dispose();
        }
    }

    private bool TryRelease() => Interlocked.Exchange(ref _isReleased, 1) == 0;

    private void WriteHead(HttpContext context, StoredAnswer? answer)
    {
        var response = context.Response;
        var headers = response.Headers;
        response.StatusCode = answer?.Status ?? _head.Status;
        if (_head.Reason is { } reason && answer is null)
        {
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
        }

        WriteFields(headers, _head.Fields, answer);
        WriteFields(headers, _own, answer);
        headers.Age = Age();
        if (answer is null)
        {
            headers.ContentLength = _fill.Body.Length;
        }

        if (_status.Count > 0)
        {
            headers["Cache-Status"] = StringValues.Concat(headers["Cache-Status"], _status);
        }
    }

    private static void WriteFields(IHeaderDictionary headers, KeyValuePair<string, StringValues>[] fields, StoredAnswer? answer)
    {
        foreach (var (name, values) in fields)
        {
            if (answer?.Has(name) ?? true)
            {
                headers[name] = values;
            }
        }
    }

    // This client has it; the store has not. So it is read to its end all the same, unless it turns out to be too large to be stored.
    private void ReadOn()
    {
        if (TryRelease())
        {
            _ = _fill.ReadForStoreAsync(_reader);
        }
    }

    private string Age() => _clock.SecondsSince(_head.BornAt).ToString(CultureInfo.InvariantCulture);
}
