using AkkaPerf.Caching;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>What a pipeline's code and its effective options must agree on.</summary>
internal static class PipelineAgreement
{
    private static readonly string[] BuiltIn = ["round-robin", "least-connections"];

    public static IEnumerable<ConfigurationFault> Check(
        BoundOptions<PipelineOptions> bound, string name, IEnumerable<string> registered, bool opensSharedConnections)
    {
        if (bound.Faults.Count > 0)
        {
            yield break;
        }

        var options = bound.Value;
        var known = BuiltIn.Concat(registered).Distinct(StringComparer.Ordinal).ToArray();
        if (!known.Contains(options.Balancing.Policy, StringComparer.Ordinal))
        {
            yield return Fault("balancing.policy", options.Balancing.Policy, $"must be {string.Join(" or ", known)}");
        }

        if (opensSharedConnections && options.Connections.MinIdle > 0)
        {
            yield return Fault("connections.min-idle", options.Connections.MinIdle.ToString(), "must be 0 for HTTP: its transport keeps connections by itself");
        }

        if (opensSharedConnections && options.Cache is { Enabled: true, L2.Provider: not L2Provider.None })
        {
            yield return Fault(
                "cache.l2.provider", KeyText.Kebab(options.Cache.L2.Provider.ToString()), "must be none for HTTP: responses are kept in process");
        }

        ConfigurationFault Fault(string key, string value, string allowed)
        {
            var path = $"akkaperf.pipelines.{name}.{key}";
            var source = bound.Settings.FirstOrDefault(setting => setting.Path == path)?.Source ?? "code";
            return new ConfigurationFault(path, value, allowed, source);
        }
    }
}
