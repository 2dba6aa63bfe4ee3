using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Actions;

/// <summary>What can be done to a pipeline, by name. Each tells what was wrong, or null once it is done.</summary>
internal sealed class PipelineActions
{
    private const int MostPermits = 1_000_000;
    private const int MostConnections = 100_000;

    private static readonly Dictionary<string, Func<IRequestPipeline, ActionBody, AdminProblem?>> ByName = new(StringComparer.Ordinal)
    {
        ["policy"] = SetPolicy,
        ["permits"] = SetPermits,
        ["queue"] = SetQueue,
        ["connections"] = SetConnections,
        ["trace"] = SetTrace,
    };

    private readonly IReadOnlyList<IPipelineAction> _more;

    /// <param name="more">Those that are not ours.</param>
    public PipelineActions(IEnumerable<IPipelineAction> more) => _more = [.. more];

    private IEnumerable<string> Names => ByName.Keys.Concat(_more.Select(static action => action.Name));

    public ValueTask<AdminProblem?> DoAsync(string action, IRequestPipeline pipeline, ActionBody body, CancellationToken cancellationToken)
    {
        if (ByName.TryGetValue(action, out var act))
        {
            return new(body.Problem ?? act(pipeline, body));
        }

        return _more.FirstOrDefault(more => more.Name == action) is { } other
            ? other.DoAsync(pipeline, body, cancellationToken)
            : new(AdminProblem.NotFound("no-such-action", $"There is no action '{action}' for a pipeline.", Names));
    }

    private static AdminProblem? SetPolicy(IRequestPipeline pipeline, ActionBody body)
    {
        if (pipeline.Backends is not { } backends)
        {
            return NoBackends(pipeline);
        }

        body.Only("policy");
        var policy = body.OneOf("policy", backends.Policies);
        if (body.Problem is null)
        {
            backends.UsePolicy(policy);
        }

        return body.Problem;
    }

    private static AdminProblem? SetPermits(IRequestPipeline pipeline, ActionBody body)
    {
        body.Only("limit");
        var limit = body.Integer("limit", min: 1, MostPermits);
        if (body.Problem is null)
        {
            pipeline.SetConcurrency(limit);
        }

        return body.Problem;
    }

    private static AdminProblem? SetQueue(IRequestPipeline pipeline, ActionBody body)
    {
        body.Only("limit");
        var limit = body.Integer("limit", min: 0, MostPermits);
        if (body.Problem is null)
        {
            pipeline.SetQueue(limit);
        }

        return body.Problem;
    }

    private static AdminProblem? SetConnections(IRequestPipeline pipeline, ActionBody body)
    {
        if (pipeline.Connections is not { } connections)
        {
            return AdminProblem.NotFound("no-connections", $"The pipeline '{pipeline.Name}' has no connections.", []);
        }

        body.Only("max", "minIdle", "backend");
        string[] ids = [.. pipeline.Backends?.Current.All.Select(static status => status.Backend.Id) ?? []];
        var backend = body.Has("backend") ? body.OneOf("backend", ids) : null;
        var known = connections.Current.FirstOrDefault(pool => backend is null || pool.Backend.Id == backend);
        var max = body.Integer("max", min: 1, MostConnections);
        var minIdle = body.Integer("minIdle", min: 0, max, otherwise: known?.MinIdle ?? 0);
        return body.Problem ?? Resize(connections, backend, max, minIdle);
    }

    private static AdminProblem? Resize(IPipelineConnections connections, string? backend, int max, int minIdle)
    {
        try
        {
            if (backend is null)
            {
                connections.Resize(max, minIdle);
            }
            else
            {
                connections.Resize(backend, max, minIdle);
            }

            return null;
        }
        catch (ArgumentOutOfRangeException)
        {
            return AdminProblem.BadRequest("bad-value", $"'minIdle' is {minIdle}; it must be a whole number from 0 to 'max', and 0 where connections are HTTP's.");
        }
    }

    private static AdminProblem? SetTrace(IRequestPipeline pipeline, ActionBody body)
    {
        if (pipeline.Backends is not { } backends)
        {
            return NoBackends(pipeline);
        }

        body.Only("part");
        var part = body.Number("part", min: 0, max: 1);
        if (body.Problem is null)
        {
            backends.Trace = part;
        }

        return body.Problem;
    }

    private static AdminProblem NoBackends(IRequestPipeline pipeline) =>
        AdminProblem.NotFound("no-backends", $"The pipeline '{pipeline.Name}' has no backends.", []);
}
