using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>A backend's status and headers on their way to the client, without what concerns the backend's hop.</summary>
internal static class ResponseHead
{
    /// <summary>Calls back for every header that is forwarded, but Content-Length, which follows from the framing.</summary>
    public static void Forward<TState>(HttpResponseMessage message, TState state, Action<TState, string, StringValues> forward)
    {
        var nominated = HopByHop.Nominated(message.Headers.NonValidated);
        Forward(message.Headers.NonValidated, nominated, state, forward);
        Forward(message.Content.Headers.NonValidated, nominated, state, forward);
    }

    public static void Write(HttpResponseMessage message, HttpResponse response)
    {
        response.StatusCode = (int)message.StatusCode;
        if (message.ReasonPhrase is { Length: > 0 } reason && reason != ReasonPhrases.GetReasonPhrase((int)message.StatusCode))
        {
            response.HttpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
        }

        Forward(message, response.Headers, static (headers, name, values) => headers[name] = values);
    }

    /// <summary>How long the body is said to be; null if that is not known.</summary>
    public static long? LengthOf(HttpResponseMessage message) => message.Content.Headers.ContentLength;

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
