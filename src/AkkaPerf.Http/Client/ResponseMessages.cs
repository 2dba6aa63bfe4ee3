using System.Net;
using AkkaPerf.Http.Transport;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Client;

/// <summary>Makes the messages that an <see cref="HttpClient"/> gets: the caller's own, to be changed by him and by handlers above.</summary>
internal static class ResponseMessages
{
    /// <summary>Copies a backend's status, as it came: there is no further hop.</summary>
    public static HttpResponseMessage Copy(BackendResponse backend, HttpRequestMessage request) => new((HttpStatusCode)backend.StatusCode)
    {
        Version = backend.Version,
        ReasonPhrase = backend.Reason,
        RequestMessage = request,
    };

    /// <summary>Gives it a content, and the backend's fields.</summary>
    public static void SetContent(HttpResponseMessage answer, BackendResponse backend, HttpContent content)
    {
        answer.Content = content;
        backend.CopyTo(answer);
        if (backend.ContentLength is null)
        {
            content.Headers.ContentLength = null;
        }
    }

    /// <summary>Adds a header where it belongs.</summary>
    public static void Add(HttpResponseMessage answer, string name, StringValues values)
    {
        if (values.Count == 1)
        {
            var value = (string?)values;
            if (!answer.Headers.TryAddWithoutValidation(name, value))
            {
                answer.Content.Headers.TryAddWithoutValidation(name, value);
            }

            return;
        }

        string?[] all = values!;
        if (!answer.Headers.TryAddWithoutValidation(name, all))
        {
            answer.Content.Headers.TryAddWithoutValidation(name, all);
        }
    }

    /// <summary>Whether anything follows the head, trailers included.</summary>
    public static bool HasBody(BackendResponse backend, HttpMethod method) =>
        method != HttpMethod.Head
        && backend.StatusCode is not (204 or 205 or 304)
        && !(backend.Version.Major < 2 && backend.ContentLength == 0);
}
