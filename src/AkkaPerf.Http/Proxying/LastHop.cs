using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Proxying;

/// <summary>Answers a TRACE or OPTIONS that may not be forwarded any further, as its final recipient (RFC 9110, sections 9.3.7 and 9.3.8).</summary>
internal static class LastHop
{
    // Whatever is likely to hold a secret is left out of the echo, as the RFC asks.
    private static readonly string[] Sensitive = ["auth", "cookie", "token", "secret", "key"];

    public static Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsTrace(context.Request.Method))
        {
            response.ContentLength = 0;
            return Task.CompletedTask;
        }

        var echo = Encoding.Latin1.GetBytes(Echo(context.Request));
        response.ContentType = "message/http";
        response.ContentLength = echo.Length;
        return response.Body.WriteAsync(echo, 0, echo.Length);
    }

    private static string Echo(HttpRequest request)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var text = new StringBuilder($"{request.Method} {target} {request.Protocol}\r\n");
        foreach (var (name, values) in request.Headers)
        {
            if (name.StartsWith(':') || Sensitive.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }

            foreach (var value in values)
            {
                text.Append(name).Append(": ").Append(value).Append("\r\n");
            }
        }

        return text.Append("\r\n").ToString();
    }
}
