namespace AkkaPerf.Hosting;

/// <summary>A parsed configuration in which every value knows where it comes from; immutable once built.</summary>
internal abstract record ConfigurationNode(ConfigurationOrigin Origin)
{
    /// <summary>An object, in the order of its keys.</summary>
    public sealed record Section(ConfigurationOrigin Origin, OrderedDictionary<string, ConfigurationNode> Items) : ConfigurationNode(Origin)
    {
        public Section(ConfigurationOrigin origin)
            : this(origin, [])
        {
        }
    }

    /// <summary>A list; it replaces another as a whole.</summary>
    public sealed record Sequence(ConfigurationOrigin Origin, IReadOnlyList<ConfigurationNode> Items) : ConfigurationNode(Origin);

    /// <summary>A value as written; null if it is <c>null</c> or nothing stands there.</summary>
    public sealed record Scalar(ConfigurationOrigin Origin, string? Text) : ConfigurationNode(Origin);

    /// <summary>Lays one over another: objects merge, everything else is replaced.</summary>
    public static ConfigurationNode? Merge(ConfigurationNode? lower, ConfigurationNode? upper)
    {
        if (lower is not Section below || upper is not Section above)
        {
            return upper ?? lower;
        }

        var items = new OrderedDictionary<string, ConfigurationNode>(below.Items);
        foreach (var (key, node) in above.Items)
        {
            items[key] = Merge(items.GetValueOrDefault(key), node)!;
        }

        return new Section(above.Origin, items);
    }

    /// <summary>What stands at a path; whatever stands in the way if that is no object, so that the reader can complain of it.</summary>
    public ConfigurationNode? Find(params ReadOnlySpan<string> path)
    {
        ConfigurationNode? node = this;
        foreach (var key in path)
        {
            if (node is not Section section)
            {
                return node;
            }

            node = section.Items.GetValueOrDefault(key);
        }

        return node;
    }
}
