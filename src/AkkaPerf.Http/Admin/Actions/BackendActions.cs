using AkkaPerf.Backends;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Actions;

/// <summary>What can be done to a backend, by name. Each tells what was wrong, or null once it is done.</summary>
internal static class BackendActions
{
    private static readonly Dictionary<string, Func<IPipelineBackends, string, ActionBody, AdminProblem?>> ByName = new(StringComparer.Ordinal)
    {
        ["drain"] = static (backends, id, body) => Simple(backends.Drain, backends, id, body),
        ["resume"] = static (backends, id, body) => Simple(backends.Resume, backends, id, body),
        ["enable"] = static (backends, id, body) => Simple(backends.Enable, backends, id, body),
        ["disable"] = static (backends, id, body) => Simple(backends.Disable, backends, id, body),
        ["probe"] = static (backends, id, body) => Simple(backends.Probe, backends, id, body),
        ["eject"] = Eject,
        ["weight"] = SetWeight,
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys];

    /// <summary>Does one, to a backend that may not be there.</summary>
    public static AdminProblem? Do(string action, IRequestPipeline pipeline, string id, ActionBody body)
    {
        if (pipeline.Backends is not { } backends)
        {
            return AdminProblem.NotFound("no-backends", $"The pipeline '{pipeline.Name}' has no backends.", []);
        }

        if (Find(backends, id) is null)
        {
            return NoBackend(backends, id);
        }

        return ByName.TryGetValue(action, out var act)
            ? body.Problem ?? act(backends, id, body)
            : AdminProblem.NotFound("no-such-action", $"There is no action '{action}' for a backend.", Names);
    }

    public static AdminProblem NoBackend(IPipelineBackends backends, string id) => AdminProblem.NotFound(
        "no-such-backend", $"There is no backend '{id}'.", backends.Current.All.Take(100).Select(static status => status.Backend.Id));

    private static AdminProblem? Simple(Func<string, bool> act, IPipelineBackends backends, string id, ActionBody body)
    {
        body.Only();
        return body.Problem ?? (act(id) ? null : NoBackend(backends, id));
    }

    private static AdminProblem? SetWeight(IPipelineBackends backends, string id, ActionBody body)
    {
        body.Only("weight");
        var weight = body.Integer("weight", min: 0, max: 1000);
        return body.Problem ?? (backends.SetWeight(id, weight) ? null : NoBackend(backends, id));
    }

    private static AdminProblem? Eject(IPipelineBackends backends, string id, ActionBody body)
    {
        body.Only();
        if (body.Problem is not null || backends.Eject(id))
        {
            return body.Problem;
        }

        return Find(backends, id) switch
        {
            null => NoBackend(backends, id),
            { Health: BackendHealth.Healthy or BackendHealth.Degraded or BackendHealth.Unknown or BackendHealth.Probation } =>
                AdminProblem.Conflict("too-few-others", $"Too few others would be left without '{id}': health.passive.max-ejected says how many may go."),
            var status => AdminProblem.Conflict("gets-no-traffic", $"The backend '{id}' gets no traffic anyway: {status.Cause}."),
        };
    }

    private static BackendStatus? Find(IPipelineBackends backends, string id) =>
        backends.Current.All.FirstOrDefault(status => status.Backend.Id == id);
}
