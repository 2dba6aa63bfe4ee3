using System.Collections;
using Akka.Configuration;

namespace AkkaPerf.Hosting;

/// <summary>One place that settings come from. Reading one never throws: its faults are reported with all the others.</summary>
public sealed class ConfigurationSource
{
    /// <summary>The one section of a configuration that is ours.</summary>
    internal const string Key = "akkaperf";

    private static readonly Lazy<ConfigurationSource> Embedded = new(ReadReference);

    internal ConfigurationSource(string name, ConfigurationTier tier, ConfigurationNode? root, IReadOnlyList<ConfigurationFault> faults)
    {
        Name = name;
        Tier = tier;
        Root = root;
        Faults = faults;
    }

    /// <summary>The reference that is embedded in the library: every key and its default.</summary>
    public static ConfigurationSource Reference => Embedded.Value;

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>What makes it unreadable; empty if it was read.</summary>
    public IReadOnlyList<ConfigurationFault> Faults { get; }

    internal ConfigurationTier Tier { get; }

    /// <summary>What stands below <c>akkaperf</c>; null if nothing does.</summary>
    internal ConfigurationNode? Root { get; }

    /// <summary>Reads a HOCON file, an overlay over the reference; its path becomes the source's name.</summary>
    public static ConfigurationSource FromFile(string path)
    {
        try
        {
            return FromText(path, File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new(path, ConfigurationTier.User, root: null, [new("", Value: null, $"cannot be read: {exception.Message}", path)]);
        }
    }

    /// <summary>Reads HOCON text, an overlay over the reference.</summary>
    public static ConfigurationSource FromText(string name, string hocon) => Parse(name, ConfigurationTier.User, hocon);

    /// <summary>Takes over a configuration that Akka has parsed, such as that of an actor system; whatever is not below <c>akkaperf</c> is ignored.</summary>
    public static ConfigurationSource FromConfig(string name, Config config)
    {
        try
        {
            return new(name, ConfigurationTier.User, HoconTree.From(config, Key, name, new Dictionary<string, int>()), []);
        }
        catch (FormatException exception)
        {
            return new(name, ConfigurationTier.User, root: null, [new("", Value: null, exception.Message, name)]);
        }
    }

    /// <summary>Takes over the variables that start with <c>AKKAPERF__</c>: "__" is a dot, "_" a hyphen.</summary>
    public static ConfigurationSource FromEnvironment(IEnumerable<KeyValuePair<string, string>> variables) => EnvironmentTree.Read(variables);

    /// <summary>Takes over the variables of this process.</summary>
    public static ConfigurationSource FromEnvironment() => FromEnvironment(Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .Select(entry => KeyValuePair.Create((string)entry.Key, entry.Value as string ?? "")));

    /// <inheritdoc />
    public override string ToString() => Name;

    private static ConfigurationSource ReadReference()
    {
        using var stream = typeof(ConfigurationSource).Assembly.GetManifestResourceStream("AkkaPerf.akka.hocon")!;
        using var reader = new StreamReader(stream);
        var source = Parse("reference", ConfigurationTier.Reference, reader.ReadToEnd());
        InvalidConfigurationException.ThrowIfAny(source.Faults);
        return source;
    }

    private static ConfigurationSource Parse(string name, ConfigurationTier tier, string hocon)
    {
        if (HoconSyntax.Check(hocon, out var lines) is { } fault)
        {
            return Unreadable(fault.Problem, $"{name}, line {fault.Line}");
        }

        try
        {
            return new(name, tier, HoconTree.From(ConfigurationFactory.ParseString(hocon), Key, name, lines), []);
        }
        catch (Exception exception)
        {
            // Akka's parser throws whatever it stumbles over, and its message goes on with an excerpt.
            return Unreadable(exception.Message.Split('\n')[0].Trim(), name);
        }

        ConfigurationSource Unreadable(string problem, string place) => new(name, tier, root: null, [new("", Value: null, problem, place)]);
    }
}
