using AkkaPerf.Caching;

namespace AkkaPerf.Hosting;

/// <summary>What a second level's options must satisfy together.</summary>
internal static class SecondLevelRules
{
    public static void Check(L2Options options, ConfigurationNode? section, OptionsReader reader)
    {
        var provider = KeyText.Kebab(options.Provider.ToString());
        var needsConnection = options.Provider is L2Provider.Sqlite or L2Provider.Redis;
        if (!needsConnection && options.Connection is { Length: > 0 } && section?.Find("connection") is { } superfluous)
        {
            reader.Add(superfluous, $"must be empty while the provider is {provider}", isHidden: true);
        }

        if (needsConnection && string.IsNullOrWhiteSpace(options.Connection) && section?.Find("provider") is { } chosen)
        {
            reader.Add(chosen, "needs cache.l2.connection, which is empty");
        }

        if (options.SoftTimeout > options.HardTimeout && section?.Find("soft-timeout") is { } soft)
        {
            reader.Add(soft, $"must be at most hard-timeout, {DurationText.Format(options.HardTimeout)}");
        }
    }
}
