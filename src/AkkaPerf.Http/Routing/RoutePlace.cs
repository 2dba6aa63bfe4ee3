namespace AkkaPerf.Http.Routing;

/// <summary>When a route was defined, as metadata of its endpoint: of those that nothing else tells apart, the first goes first.</summary>
/// <param name="Number">Counts up.</param>
internal sealed record RoutePlace(long Number);
