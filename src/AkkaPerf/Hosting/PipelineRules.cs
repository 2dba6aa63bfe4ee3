using AkkaPerf.Pipeline;

namespace AkkaPerf.Hosting;

/// <summary>What a pipeline's options must satisfy together.</summary>
internal static class PipelineRules
{
    public static void Check(PipelineOptions options, ConfigurationNode? effective, OptionsReader reader)
    {
        if (options.Connections.MinIdle > options.Connections.MaxPerBackend
            && effective?.Find("connections", "min-idle") is { } idle)
        {
            reader.Add(idle, $"must be at most max-per-backend, {options.Connections.MaxPerBackend}");
        }

        SecondLevelRules.Check(options.Cache.L2, effective?.Find("cache", "l2"), reader);
        CheckBackends(effective, reader);
    }

    private static void CheckBackends(ConfigurationNode? effective, OptionsReader reader)
    {
        if (effective?.Find("backends") is not ConfigurationNode.Sequence backends)
        {
            return;
        }

        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var backend in backends.Items.OfType<ConfigurationNode.Section>())
        {
            if (backend.Find("id") is ConfigurationNode.Scalar { Text: { Length: > 0 } id } node && !taken.TryAdd(id, backend.Origin.Path))
            {
                reader.Add(node, $"must be unique, but {taken[id]} has it too");
            }
        }
    }
}
