using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace AkkaPerf.Http.Routing;

/// <summary>Lets routing tell endpoints apart by headers and query; among those that fit, who asks for more goes first, and then who was defined first.</summary>
internal sealed class RouteConditionsPolicy : MatcherPolicy, IEndpointComparerPolicy, IEndpointSelectorPolicy
{
    private long _places;

    // Behind the framework's own policies: host and method have been looked at.
    public override int Order => 100;

    public IComparer<Endpoint> Comparer { get; } = new RouteComparer();

    /// <summary>The place of the next route. Any thread.</summary>
    public RoutePlace NextPlace() => new(Interlocked.Increment(ref _places));

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.Any(static endpoint => RouteComparer.ConditionsOf(endpoint) > 0)
            || endpoints.SelectMany(RouteHosts.Of).Where(RouteHosts.IsWildcard).Distinct(StringComparer.OrdinalIgnoreCase).Skip(1).Any();
    }

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        ArgumentNullException.ThrowIfNull(candidates);
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i) && !Fits(candidates[i].Endpoint, httpContext.Request))
            {
                candidates.SetValidity(i, false);
            }
        }

        return Task.CompletedTask;
    }

    private static bool Fits(Endpoint endpoint, HttpRequest request) =>
        RouteHosts.Fit(endpoint, request) && (endpoint.Metadata.GetMetadata<RouteConditions>() is not { } conditions || conditions.Hold(request));
}
