using Akka.Actor;

namespace AkkaPerf.Hosting;

/// <summary>The sources of a configuration in the order in which they win: reference, code, the user's HOCON, environment; among equals the later.</summary>
public sealed class ConfigurationStack
{
    /// <summary>Puts sources in order.</summary>
    public ConfigurationStack(IEnumerable<ConfigurationSource> sources) => Sources = [.. sources.OrderBy(source => source.Tier)];

    /// <summary>The sources, the weakest first.</summary>
    public IReadOnlyList<ConfigurationSource> Sources { get; }

    /// <summary>What makes sources unreadable.</summary>
    public IEnumerable<ConfigurationFault> Faults => Sources.SelectMany(source => source.Faults);

    /// <summary>The reference, an actor system's configuration, and this process's environment.</summary>
    public static ConfigurationStack FromActorSystem(ActorSystem system) => new(
    [
        ConfigurationSource.Reference,
        ConfigurationSource.FromConfig("HOCON", system.Settings.Config),
        ConfigurationSource.FromEnvironment(),
    ]);

    internal ConfigurationStack With(ConfigurationSource source) => new(Sources.Append(source));

    /// <summary>What the sources of each tier say together, the weakest tier first.</summary>
    internal IEnumerable<ConfigurationNode> Tiers() => Sources
        .GroupBy(source => source.Tier, (_, sources) => sources.Select(source => source.Root).Aggregate(ConfigurationNode.Merge))
        .OfType<ConfigurationNode>();
}
