using AkkaPerf.Http.Transport;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Proxying;

/// <summary>A backend's status and headers on their way to the client, without what concerns the backend's hop.</summary>
internal static class ResponseHead
{
    public static void Write(BackendResponse head, HttpResponse response)
    {
        response.StatusCode = head.StatusCode;
        if (head.Reason is { } reason)
        {
            response.HttpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
        }

        head.WriteTo(response.Headers);
    }
}
