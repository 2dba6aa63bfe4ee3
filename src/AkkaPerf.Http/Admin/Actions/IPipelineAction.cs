using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Actions;

/// <summary>Something more that operators can have done to a pipeline, by <c>POST /pipelines/{name}/{action}</c>; whoever is registered as this can be asked for.</summary>
internal interface IPipelineAction
{
    /// <summary>What it is asked for by.</summary>
    string Name { get; }

    /// <summary>Does it; tells what was wrong, or null once it is done. With a problem in the body nothing may be done.</summary>
    ValueTask<AdminProblem?> DoAsync(IRequestPipeline pipeline, ActionBody body, CancellationToken cancellationToken);
}
