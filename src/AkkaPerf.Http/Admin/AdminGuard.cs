using AkkaPerf.Http.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Admin;

/// <summary>Stands before every endpoint of a group: by which name, with which token, from which site it is asked.</summary>
internal sealed class AdminGuard
{
    private const string Json = "application/json";

    private readonly AdminHosts _hosts;
    private readonly AdminToken? _token;

    public AdminGuard(AdminAccessOptions options)
    {
        _hosts = new AdminHosts(options.Hosts);
        _token = options.Token.Length > 0 ? new AdminToken(options.Token) : null;
    }

    /// <summary>Takes its place.</summary>
    public void StandBefore(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is { } handle)
        {
            var isOpen = endpoint.Metadata.OfType<OpenToAll>().Any();
            endpoint.RequestDelegate = context => HandleAsync(context, isOpen, handle);
        }
    }

    private Task HandleAsync(HttpContext context, bool isOpen, RequestDelegate handle)
    {
        var request = context.Request;
        if (!_hosts.Allow(context))
        {
            return AdminHosts.RefuseAsync(context);
        }

        if (isOpen)
        {
            return handle(context);
        }

        if (_token is not null && !_token.IsShownBy(request))
        {
            return AdminToken.RefuseAsync(context);
        }

        if (CrossSite.IsFrom(request))
        {
            return CrossSite.Refusal(request).WriteToAsync(context);
        }

        // What a form or an image of another page can send is none of these.
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || IsJson(request.ContentType)
            ? handle(context)
            : new AdminProblem(
                StatusCodes.Status415UnsupportedMediaType,
                "Unsupported Media Type",
                "not-json",
                $"The content type is '{request.ContentType}'; it must be {Json}, also where nothing needs to be said.")
            { Allowed = [Json] }.WriteToAsync(context);
    }

    private static bool IsJson(string? contentType) =>
        contentType is not null && contentType.Split(';')[0].Trim().Equals(Json, StringComparison.OrdinalIgnoreCase);
}
