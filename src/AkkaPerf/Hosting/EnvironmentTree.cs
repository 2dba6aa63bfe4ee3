namespace AkkaPerf.Hosting;

/// <summary>Maps environment variables to paths: <c>AKKAPERF__PIPELINE__DRAIN_TIMEOUT</c> is <c>akkaperf.pipeline.drain-timeout</c>.</summary>
internal static class EnvironmentTree
{
    private const string Prefix = "AKKAPERF__";
    public const string Name = "environment";

    public static ConfigurationSource Read(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var faults = new List<ConfigurationFault>();
        var root = new ConfigurationNode.Section(new(Name, ConfigurationSource.Key));
        foreach (var (variable, value) in variables.Where(IsOurs).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Place(root, variable, value, faults);
        }

        return new(Name, ConfigurationTier.Environment, root, faults);
    }

    private static bool IsOurs(KeyValuePair<string, string> pair) => pair.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    private static void Place(ConfigurationNode.Section root, string variable, string value, List<ConfigurationFault> faults)
    {
        string[] keys = [.. variable[Prefix.Length..].Split("__").Select(KeyText.Normal)];
        var origin = new ConfigurationOrigin(Name, ConfigurationSource.Key, variable);
        var section = root;
        foreach (var key in keys[..^1])
        {
            origin = origin.Child(key);
            if (!section.Items.TryGetValue(key, out var next))
            {
                section.Items[key] = next = new ConfigurationNode.Section(origin);
            }

            if (next is not ConfigurationNode.Section inner)
            {
                faults.Add(new(origin.Path, Value: null, $"must be either a value or an object, but {next.Origin.Place} makes it a value", origin.Text));
                return;
            }

            section = inner;
        }

        origin = origin.Child(keys[^1]);
        if (!section.Items.TryAdd(keys[^1], Parse(origin, value, faults)))
        {
            faults.Add(new(origin.Path, value, $"is set by {section.Items[keys[^1]].Origin.Place} too", origin.Text));
        }
    }

    /// <summary>Lists, objects and quoted text are HOCON; everything else is taken as it is, so that a URI needs no quotation marks.</summary>
    private static ConfigurationNode Parse(ConfigurationOrigin origin, string value, List<ConfigurationFault> faults)
    {
        var text = value.Trim();
        if (text is not ['[' or '{' or '"', ..])
        {
            return new ConfigurationNode.Scalar(origin, text);
        }

        var parsed = ConfigurationSource.FromText(origin.Text, $"{ConfigurationSource.Key} = {text}");
        if (parsed.Faults.Count == 0 && parsed.Root is { } node)
        {
            return Move(node, origin);
        }

        faults.AddRange(parsed.Faults.Select(fault => new ConfigurationFault(origin.Path, value, fault.Problem, origin.Text)));
        return new ConfigurationNode.Section(origin);
    }

    private static ConfigurationNode Move(ConfigurationNode node, ConfigurationOrigin origin) => node switch
    {
        ConfigurationNode.Section section => new ConfigurationNode.Section(
            origin,
            new(section.Items.Select(item => KeyValuePair.Create(item.Key, Move(item.Value, origin.Child(item.Key)))))),
        ConfigurationNode.Sequence list => new ConfigurationNode.Sequence(
            origin,
            [.. list.Items.Select((item, index) => Move(item, origin with { Path = $"{origin.Path}[{index}]" }))]),
        _ => ((ConfigurationNode.Scalar)node) with { Origin = origin },
    };
}
