namespace AkkaPerf.Hosting;

/// <summary>Binds an options class to a section below <c>akkaperf</c>, strictly: whatever is not understood is a fault.</summary>
/// <remarks>
/// The public properties are the keys, in kebab case. Their types and data annotations say what is allowed; a long whose name ends in Bytes,
/// or that bears <c>[DataType("size")]</c>, wants a unit, and what bears <c>[DataType(DataType.Password)]</c> is never shown.
/// </remarks>
public static class HoconBinder
{
    /// <summary>Binds the section <c>akkaperf.</c><paramref name="section"/>; never throws for what is configured.</summary>
    /// <param name="stack">The sources.</param>
    /// <param name="section">The key of the section, such as <c>gateway</c>.</param>
    public static BoundOptions<TOptions> Bind<TOptions>(ConfigurationStack stack, string section)
        where TOptions : class, new()
    {
        var each = new OptionsReader();
        var path = ConfigurationOrigin.Join(ConfigurationSource.Key, section);
        foreach (var source in stack.Sources)
        {
            // Each alone first: a fault counts even where a stronger source hides it.
            each.Read(new TOptions(), source.Root?.Find(section), path, isComplete: false);
        }

        var options = new TOptions();
        var all = new OptionsReader();
        var layers = stack.Tiers().Select(tier => tier.Find(section));
        all.Read(options, layers.Aggregate((ConfigurationNode?)null, ConfigurationNode.Merge), path, isComplete: true);
        return new(options, stack.Faults.Concat(each.Faults).Concat(all.Faults), all.Settings);
    }

    /// <summary>The keys in which two options of one class differ, such as <c>admin.listen</c>; a list counts as one.</summary>
    public static IReadOnlyList<string> Differences<TOptions>(TOptions one, TOptions other)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return OptionsComparer.Differences(one, other);
    }
}
