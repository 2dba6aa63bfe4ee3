using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace AkkaPerf.Http.Routing;

/// <summary>Lets routing tell endpoints apart by headers and query; among those that fit, who asks for more goes first.</summary>
internal sealed class RouteConditionsPolicy : MatcherPolicy, IEndpointComparerPolicy, IEndpointSelectorPolicy
{
    // Behind the framework's own policies: host and method have been looked at.
    public override int Order => 100;

    public IComparer<Endpoint> Comparer { get; } = System.Collections.Generic.Comparer<Endpoint>.Create(
        static (one, other) => CountOf(other).CompareTo(CountOf(one)));

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.Any(static endpoint => CountOf(endpoint) > 0);
    }

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        ArgumentNullException.ThrowIfNull(candidates);
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i)
                && candidates[i].Endpoint.Metadata.GetMetadata<RouteConditions>() is { } conditions
                && !conditions.Hold(httpContext.Request))
            {
                candidates.SetValidity(i, false);
            }
        }

        return Task.CompletedTask;
    }

    private static int CountOf(Endpoint endpoint) => endpoint.Metadata.GetMetadata<RouteConditions>()?.Count ?? 0;
}
