namespace AkkaPerf.Hosting;

/// <summary>The sections of one kind that bear a name of the user's, such as <c>akkaperf.pipelines.NAME</c>.</summary>
/// <param name="key">The key they stand below.</param>
/// <param name="noun">What one of them describes, for messages.</param>
internal sealed class NamedSections(string key, string noun)
{
    /// <summary>The key they stand below.</summary>
    public string Key => key;

    /// <summary>The full path of one.</summary>
    public string PathOf(string name) => ConfigurationOrigin.Join(ConfigurationOrigin.Join(ConfigurationSource.Key, key), name);

    /// <summary>The section of a name; null if a source has none.</summary>
    public ConfigurationNode? Find(ConfigurationNode root, string name) =>
        root.Find(key) is ConfigurationNode.Section all
            ? all.Items.Where(one => IsNamed(one, name)).Select(one => one.Value).FirstOrDefault()
            : null;

    /// <summary>All of one source; notes if something else stands in their place.</summary>
    public OrderedDictionary<string, ConfigurationNode> Of(ConfigurationNode.Section root, OptionsReader reader)
    {
        var all = root.Find(key);
        if (all is not null and not ConfigurationNode.Section)
        {
            reader.Add(all, "must be an object");
        }

        return (all as ConfigurationNode.Section)?.Items ?? [];
    }

    /// <summary>Those that are configured, but nobody has defined what they are to describe.</summary>
    public IEnumerable<ConfigurationFault> Undefined(ConfigurationStack stack, IReadOnlyCollection<string> defined)
    {
        var known = defined.Count == 0 ? "none is defined" : $"defined are {string.Join(", ", defined.Order(StringComparer.Ordinal))}";
        return from source in stack.Sources
               let root = source.Root as ConfigurationNode.Section
               where root is not null
               from one in Of(root, new OptionsReader())
               where !defined.Any(name => IsNamed(one, name))
               select new ConfigurationFault(one.Value.Origin.Path, Value: null, $"no such {noun}; {known}", one.Value.Origin.Text);
    }

    /// <summary>What code sets for one: what differs from the options classes' own defaults, which are the reference's.</summary>
    public ConfigurationSource FromCode<TOptions>(string name, Action<TOptions> code)
        where TOptions : class, new()
    {
        var options = new TOptions();
        code(options);
        var all = new ConfigurationNode.Section(new("code", ConfigurationOrigin.Join(ConfigurationSource.Key, key)));
        all.Items[name] = OptionsWriter.Differences(options, new TOptions(), new("code", PathOf(name)));
        var root = new ConfigurationNode.Section(new("code", ConfigurationSource.Key));
        root.Items[key] = all;
        return new("code", ConfigurationTier.Code, root, []);
    }

    // The environment cannot spell a name's case and separators; every other source must match it exactly.
    private static bool IsNamed(KeyValuePair<string, ConfigurationNode> section, string name) =>
        section.Key == name
        || (section.Value.Origin.Source == EnvironmentTree.Name && section.Key == KeyText.Normal(name));
}
