using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Routing;

/// <summary>Puts routes in order that path and method do not tell apart: who names the host more closely, who asks for more, who was defined first.</summary>
/// <remarks>Without an order the framework fails each request that fits two of them.</remarks>
internal sealed class RouteComparer : Comparer<Endpoint>
{
    public override int Compare(Endpoint? x, Endpoint? y)
    {
        if (x is null || y is null)
        {
            return (x is null).CompareTo(y is null);
        }

        var byHost = RouteHosts.WeightOf(y).CompareTo(RouteHosts.WeightOf(x));
        var byConditions = byHost == 0 ? ConditionsOf(y).CompareTo(ConditionsOf(x)) : byHost;
        return byConditions == 0 ? PlaceOf(x).CompareTo(PlaceOf(y)) : byConditions;
    }

    /// <summary>How much a route asks for in headers and query.</summary>
    public static int ConditionsOf(Endpoint endpoint) => endpoint.Metadata.GetMetadata<RouteConditions>()?.Count ?? 0;

    private static long PlaceOf(Endpoint endpoint) => endpoint.Metadata.GetMetadata<RoutePlace>()?.Number ?? 0;
}
