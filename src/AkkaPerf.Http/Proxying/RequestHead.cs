using System.Net.Http.Headers;
using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>Turns a client's request into the one for the backend: method and headers as they are, without what concerns the client's hop.</summary>
internal static class RequestHead
{
    public static HttpRequestMessage Build(HttpContext context, HttpContent? body, ForwardedRules forwarded)
    {
        var message = new HttpRequestMessage { Method = MethodOf(context.Request.Method), Content = body };
        var headers = context.Request.Headers;
        var nominated = HopByHop.Nominated(headers.Connection);
        foreach (var (name, values) in headers)
        {
            if (!IsDropped(name) && (nominated is null || !nominated.Contains(name)))
            {
                Add(message, name, values);
            }
        }

        if (HopByHop.AcceptsTrailers(headers.TE))
        {
            message.Headers.TryAddWithoutValidation("TE", "trailers");
        }

        MaxForwards.CountDown(context.Request.Method, message.Headers);
        ForwardedIdentity.Add(context, forwarded, message.Headers);
        return message;
    }

    /// <summary>The same message once more, for another try; only one without a body.</summary>
    public static HttpRequestMessage Copy(HttpRequestMessage message)
    {
        var copy = new HttpRequestMessage { Method = message.Method, Content = message.Content is null ? null : new EmptyContent() };
        foreach (var (name, values) in message.Headers.NonValidated)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        if (message.Content is not null)
        {
            foreach (var (name, values) in message.Content.Headers.NonValidated)
            {
                copy.Content!.Headers.TryAddWithoutValidation(name, values);
            }
        }

        return copy;
    }

    private static HttpMethod MethodOf(string method) => method switch
    {
        "GET" => HttpMethod.Get,
        "HEAD" => HttpMethod.Head,
        "POST" => HttpMethod.Post,
        "PUT" => HttpMethod.Put,
        "DELETE" => HttpMethod.Delete,
        "PATCH" => HttpMethod.Patch,
        "OPTIONS" => HttpMethod.Options,
        "TRACE" => HttpMethod.Trace,
        _ => new HttpMethod(method),
    };

    // Who the client is and what it asked for is said by us alone: what it says itself is not to be trusted.
    // The Host header follows the pipeline's setting; pseudo headers have a name that no header can have.
    internal static bool IsDropped(string name) =>
        HopByHop.Contains(name)
        || name.Length == 0
        || name[0] == ':'
        || name.Equals("Host", StringComparison.OrdinalIgnoreCase)
        || ForwardedIdentity.IsName(name);

    private static void Add(HttpRequestMessage message, string name, StringValues values)
    {
        if (values.Count == 1)
        {
            var value = (string?)values;
            if (!message.Headers.TryAddWithoutValidation(name, value) && ContentHeaders(message, name) is { } content)
            {
                content.TryAddWithoutValidation(name, value);
            }
        }
        else
        {
            string?[] all = values!;
            if (!message.Headers.TryAddWithoutValidation(name, all) && ContentHeaders(message, name) is { } content)
            {
                content.TryAddWithoutValidation(name, all);
            }
        }
    }

    // A request without a body may still have headers that describe one. "Content-Length: 0" the transport writes where it must.
    private static HttpContentHeaders? ContentHeaders(HttpRequestMessage message, string name)
    {
        if (message.Content is null)
        {
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }

            message.Content = new EmptyContent();
        }

        return message.Content.Headers;
    }
}
