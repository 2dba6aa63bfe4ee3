using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Admin.Dashboard;

/// <summary>A file of the dashboard, from within the assembly; a browser that has it already is told so.</summary>
internal sealed class DashboardFile
{
    // Nothing but what comes from here, nobody's frame, and no text that becomes a script.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    private readonly byte[] _content;
    private readonly string _type;
    private readonly string _tag;

    public DashboardFile(string name, byte[] content)
    {
        _content = content;
        _type = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            _ => "text/plain; charset=utf-8",
        };
        _tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"";
    }

    public async Task WriteToAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var headers = response.Headers;
        headers.ETag = _tag;
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (request.Headers.IfNoneMatch == _tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = _type;
        response.ContentLength = _content.Length;
        await response.Body.WriteAsync(_content, context.RequestAborted).ConfigureAwait(false);
    }
}
