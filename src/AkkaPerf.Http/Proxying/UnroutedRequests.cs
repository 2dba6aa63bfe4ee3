using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaPerf.Http.Proxying;

/// <summary>Answers what no route takes, which routing itself would answer with a bare status.</summary>
internal static class UnroutedRequests
{
    public static Task HandleAsync(HttpContext context, RequestDelegate next) => context.GetEndpoint() switch
    {
        RouteEndpoint => next(context),
        null => Problem.NoRoute.WriteToAsync(context),
        _ => RejectAsync(context, next),
    };

    // Routing's own endpoint says which methods there are.
    private static async Task RejectAsync(HttpContext context, RequestDelegate next)
    {
        await next(context).ConfigureAwait(false);
        if (context.Response is { HasStarted: false, StatusCode: StatusCodes.Status405MethodNotAllowed })
        {
            await Problem.MethodNotAllowed.WriteToAsync(context).ConfigureAwait(false);
        }
    }
}
