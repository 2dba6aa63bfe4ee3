using AkkaPerf.Balancing;
using AkkaPerf.Caching;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>What a pipeline's code and its effective options must agree on.</summary>
internal static class PipelineAgreement
{


    public static IEnumerable<ConfigurationFault> Check(
        BoundOptions<PipelineOptions> bound, string name, IEnumerable<string> registered, bool opensSharedConnections)
    {
        if (bound.Faults.Count > 0)
        {
            yield break;
        }

        var options = bound.Value;
        var known = BalancingPolicies.Names.Concat(registered).Distinct(StringComparer.Ordinal).ToArray();
        if (!known.Contains(options.Balancing.Policy, StringComparer.Ordinal))
        {
            yield return Fault("balancing.policy", options.Balancing.Policy, $"must be {string.Join(" or ", known)}");
        }

        if (opensSharedConnections && options.Connections.MinIdle > 0)
        {
            yield return Fault("connections.min-idle", options.Connections.MinIdle.ToString(), "must be 0 for HTTP: its transport keeps connections by itself");
        }

        var cache = options.Cache;
        (string Key, bool IsSet)[] outliving =
        [
            ("cache.stale.soft-timeout", cache.Stale.SoftTimeout > TimeSpan.Zero),
            ("cache.refresh.eager", cache.Refresh.Eager > 0),
            ("cache.life.failure-pause", cache.Life.FailurePause > TimeSpan.Zero),
        ];
        foreach (var (key, _) in outliving.Where(one => opensSharedConnections && cache.Enabled && one.IsSet))
        {
            yield return Fault(
                key,
                bound.Settings.FirstOrDefault(setting => setting.Path == $"akkaperf.pipelines.{name}.{key}")?.Value ?? "set",
                "must be 0 for HTTP");
        }
        ConfigurationFault Fault(string key, string value, string allowed) => FaultOf(bound, name, key, (value, allowed));
    }

    /// <summary>What the cache's options need of the definition.</summary>
    public static IEnumerable<ConfigurationFault> CheckCache(BoundOptions<PipelineOptions> bound, string name, bool hasRequestBy, bool hasStore)
    {
        if (bound.Faults.Count > 0 || bound.Value.Cache is not { Enabled: true } cache)
        {
            yield break;
        }

        if (cache.Refresh.Ahead > 0 && !hasRequestBy)
        {
            yield return FaultOf(bound, name, "cache.refresh.ahead", (cache.Refresh.Ahead.ToString(), "must be 0, or the pipeline's definition must call RequestBy(…)"));
        }

        if (cache.Warming.HotKeys > 0 && cache.L2.Provider == L2Provider.None && !hasStore)
        {
            yield return FaultOf(bound, name, "cache.warming.hot-keys", (cache.Warming.HotKeys.ToString(), "must be 0 without a second level: it keeps the keys"));
        }
    }

    private static ConfigurationFault FaultOf(BoundOptions<PipelineOptions> bound, string name, string key, (string Value, string Allowed) fault)
    {
        var path = $"akkaperf.pipelines.{name}.{key}";
        var source = bound.Settings.FirstOrDefault(setting => setting.Path == path)?.Source ?? "code";
        return new ConfigurationFault(path, fault.Value, fault.Allowed, source);
    }
}
