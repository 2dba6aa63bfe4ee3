using System.Net;
using System.Net.Http.Headers;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Transport;

/// <summary>A response that the runtime's client has received.</summary>
internal sealed class MessageResponse : BackendResponse
{
    private Stream? _body;

    public MessageResponse(HttpResponseMessage message) => Message = message;

    public HttpResponseMessage Message { get; }

    public override int StatusCode => (int)Message.StatusCode;

    public override string? Reason => Message.ReasonPhrase is { Length: > 0 } reason && reason != ReasonPhrases.GetReasonPhrase(StatusCode) ? reason : null;

    public override Version Version => Message.Version;

    public override long? ContentLength => Message.Content.Headers.ContentLength;

    public override bool IsDelimited =>
        Message.Version.Major >= 2
        || Message.Headers.NonValidated.Contains("Transfer-Encoding")
        || ContentLength is not null
        || Message.StatusCode == HttpStatusCode.NoContent;

    public override Stream Body
    {
        get => _body ??= Message.Content.ReadAsStream();
        set => _body = value;
    }

    public override StringValues this[string name] =>
        Message.Headers.NonValidated.TryGetValues(name, out var values) || Message.Content.Headers.NonValidated.TryGetValues(name, out values) ? ToStringValues(values) : default;

    public override void WriteTo(IHeaderDictionary headers) => Forward(headers, static (headers, name, values) => headers[name] = values);

    public override List<KeyValuePair<string, StringValues>> Forwarded()
    {
        var fields = new List<KeyValuePair<string, StringValues>>();
        Forward(fields, static (all, name, values) => all.Add(new(name, values)));
        return fields;
    }

    public override KeyValuePair<string, StringValues>[] Trailers() =>
        [.. Message.TrailingHeaders.NonValidated.Select(static trailer => new KeyValuePair<string, StringValues>(trailer.Key, trailer.Value.ToString()))];

    public override void CopyTo(HttpResponseMessage answer)
    {
        Copy(Message.Headers.NonValidated, answer.Headers);
        Copy(Message.Content.Headers.NonValidated, answer.Content.Headers);
    }

    public override void Dispose()
    {
        _body?.Dispose();
        Message.Dispose();
    }

    private static void Copy(HttpHeadersNonValidated from, HttpHeaders to)
    {
        foreach (var (name, values) in from)
        {
            if (values.Count == 1)
            {
                to.TryAddWithoutValidation(name, values.ToString());
            }
            else
            {
                to.TryAddWithoutValidation(name, values);
            }
        }
    }

    private void Forward<TState>(TState state, Action<TState, string, StringValues> forward)
    {
        var nominated = HopByHop.Nominated(this["Connection"]);
        Forward(Message.Headers.NonValidated, nominated, state, forward);
        Forward(Message.Content.Headers.NonValidated, nominated, state, forward);
    }

    private static void Forward<TState>(
        HttpHeadersNonValidated headers, HashSet<string>? nominated, TState state, Action<TState, string, StringValues> forward)
    {
        foreach (var (name, values) in headers)
        {
            if (!HopByHop.Contains(name)
                && !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                && (nominated is null || !nominated.Contains(name)))
            {
                forward(state, name, ToStringValues(values));
            }
        }
    }

    private static StringValues ToStringValues(HeaderStringValues values)
    {
        if (values.Count == 1)
        {
            return values.ToString();
        }

        var all = new string[values.Count];
        var i = 0;
        foreach (var value in values)
        {
            all[i++] = value;
        }

        return all;
    }
}
