using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Admin;

/// <summary>Tells requests that a page of somebody else has a browser make, which would send the operator's password along.</summary>
/// <remarks>Browsers say so themselves (Fetch Metadata), the older ones by <c>Origin</c>; a client that says neither is no browser.</remarks>
internal static class CrossSite
{
    /// <summary>Whether a request comes from another site's page; a link to a page that one may follow is none.</summary>
    public static bool IsFrom(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin" or "none") && !IsFollowedLink(request))
        {
            return true;
        }

        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !IsOurs(origin, request.Host);
    }

    /// <summary>What is told to those who are refused.</summary>
    public static AdminProblem Refusal(HttpRequest request) => AdminProblem.Forbidden(
        "cross-site", $"Pages of other origins may not ask: Origin '{request.Headers.Origin}', Sec-Fetch-Site '{request.Headers["Sec-Fetch-Site"]}'.");

    private static bool IsFollowedLink(HttpRequest request) => HttpMethods.IsGet(request.Method)
        && request.Headers["Sec-Fetch-Mode"] == "navigate"
        && request.Headers["Sec-Fetch-Dest"] == "document";

    // Not the scheme: somebody in front of us may end the TLS.
    private static bool IsOurs(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, host.Value, StringComparison.OrdinalIgnoreCase);
}
