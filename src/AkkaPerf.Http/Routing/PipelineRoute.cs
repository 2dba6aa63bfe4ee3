namespace AkkaPerf.Http.Routing;

/// <summary>Stands at an endpoint, so that it can be told which URLs lead to a pipeline, and what becomes of them.</summary>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Route">What the route does.</param>
internal sealed record PipelineRoute(string Pipeline, HttpRoute Route);
