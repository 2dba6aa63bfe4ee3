using System.Net;
using AkkaPerf.Http.Proxying;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Client;

/// <summary>Makes the messages that an <see cref="HttpClient"/> gets: the caller's own, to be changed by him and by handlers above.</summary>
internal static class ResponseMessages
{
    /// <summary>Copies a backend's head, as it came: there is no further hop.</summary>
    public static HttpResponseMessage Copy(HttpResponseMessage message, HttpRequestMessage request)
    {
        var answer = new HttpResponseMessage(message.StatusCode)
        {
            Version = message.Version,
            ReasonPhrase = message.ReasonPhrase,
            RequestMessage = request,
        };
        foreach (var (name, values) in message.Headers.NonValidated)
        {
            if (values.Count == 1)
            {
                answer.Headers.TryAddWithoutValidation(name, values.ToString());
            }
            else
            {
                answer.Headers.TryAddWithoutValidation(name, values);
            }
        }

        return answer;
    }

    /// <summary>Gives it a content with the headers of the backend's.</summary>
    public static void SetContent(HttpResponseMessage answer, HttpResponseMessage message, HttpContent content)
    {
        foreach (var (name, values) in message.Content.Headers.NonValidated)
        {
            content.Headers.TryAddWithoutValidation(name, values);
        }

        if (ResponseHead.LengthOf(message) is null)
        {
            content.Headers.ContentLength = null;
        }

        answer.Content = content;
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
    public static bool HasBody(HttpResponseMessage message, HttpMethod method) =>
        method != HttpMethod.Head
        && message.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.ResetContent or HttpStatusCode.NotModified)
        && !(message.Version.Major < 2 && ResponseHead.LengthOf(message) == 0);
}
