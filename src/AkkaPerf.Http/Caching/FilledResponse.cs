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

    public override Task WriteToAsync(HttpContext context) => WriteToAsync(context, compression: null);

    internal override async Task WriteToAsync(HttpContext context, ResponseCompression? compression)
    {
        CodedBody? coded = null;
        try
        {
            WriteHead(context);
            coded = compression?.Begin(context, _fill.Body.Length);
            var writer = context.Response.BodyWriter;
            while (true)
            {
                var next = _reader.NextAsync(context.RequestAborted);
                if (!next.IsCompleted && !context.Response.HasStarted)
                {
                    // The head is not to wait for a backend that pauses.
                    await writer.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                }

                var bytes = await next.ConfigureAwait(false);
                if (bytes.IsEmpty)
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
                await writer.WriteAsync(coded.Finish(default), CancellationToken.None).ConfigureAwait(false);
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

    internal override HttpResponseMessage ToMessage(HttpRequestMessage request)
    {
        var message = new HttpResponseMessage((HttpStatusCode)_head.Status) { Version = _head.Version, RequestMessage = request };
        if (_head.Reason is { } reason)
        {
            message.ReasonPhrase = reason;
        }

        message.Content = new StreamContent(new FilledBody(this, _fill, _reader, message));
        foreach (var (name, values) in _head.Fields.Concat(_own))
        {
            ResponseMessages.Add(message, name, values);
        }

        ResponseMessages.Add(message, "Age", Age());
        if (_status.Count > 0)
        {
            ResponseMessages.Add(message, "Cache-Status", _status);
        }

        message.Content.Headers.ContentLength = _fill.Body.Length;
        return message;
    }

    private protected override void Release()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            _fill.Leave(_reader);
        }
    }

    private void WriteHead(HttpContext context)
    {
        var response = context.Response;
        var headers = response.Headers;
        response.StatusCode = _head.Status;
        if (_head.Reason is { } reason)
        {
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
        }

        foreach (var (name, values) in _head.Fields)
        {
            headers[name] = values;
        }

        foreach (var (name, values) in _own)
        {
            headers[name] = values;
        }

        headers.Age = Age();
        headers.ContentLength = _fill.Body.Length;
        if (_status.Count > 0)
        {
            headers["Cache-Status"] = StringValues.Concat(headers["Cache-Status"], _status);
        }
    }

    private string Age() => _clock.SecondsSince(_head.BornAt).ToString(CultureInfo.InvariantCulture);
}
