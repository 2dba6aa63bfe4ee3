using AkkaPerf.Hosting;

namespace AkkaPerf.Tests.Hosting;

/// <summary>Short ways to say what is configured.</summary>
internal static class Given
{
    public static ConfigurationSource Hocon(string text, string name = "user.hocon") => ConfigurationSource.FromText(name, text);

    public static ConfigurationSource Environment(params (string Name, string Value)[] variables) =>
        ConfigurationSource.FromEnvironment(variables.Select(variable => KeyValuePair.Create(variable.Name, variable.Value)));

    public static PipelineConfiguration Configuration(params ConfigurationSource[] sources) =>
        new(new ConfigurationStack(sources.Prepend(ConfigurationSource.Reference)));

    public static IReadOnlyList<ConfigurationFault> Faults(string hocon) => Configuration(Hocon(hocon)).Bind("shop").Faults;
}
