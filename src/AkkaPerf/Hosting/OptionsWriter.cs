using System.Collections;

namespace AkkaPerf.Hosting;

/// <summary>Turns options that were set in code into a configuration, so that they are checked and shown like every other.</summary>
internal static class OptionsWriter
{
    /// <summary>What differs from the defaults; the rest was not set.</summary>
    public static ConfigurationNode.Section Differences(object options, object defaults, ConfigurationOrigin origin)
    {
        var section = new ConfigurationNode.Section(origin);
        foreach (var property in OptionProperty.Of(options.GetType()))
        {
            var value = property.Get(options);
            var before = property.Get(defaults);
            var place = origin.Child(property.Key);
            if (property.IsSection && value is not null && before is not null)
            {
                var inner = Differences(value, before, place);
                if (inner.Items.Count > 0)
                {
                    section.Items[property.Key] = inner;
                }
            }
            else if (!AreEqual(property, value, before))
            {
                section.Items[property.Key] = Write(property, value, place);
            }
        }

        return section;
    }

    private static bool AreEqual(OptionProperty property, object? one, object? other) =>
        property.ElementType is null || one is null || other is null
            ? Equals(one, other)
            : ((IEnumerable)one).Cast<object>().SequenceEqual(((IEnumerable)other).Cast<object>());

    private static ConfigurationNode Write(OptionProperty property, object? value, ConfigurationOrigin origin)
    {
        if (value is not null && property.ElementType is not null)
        {
            var elements = ((IEnumerable)value).Cast<object?>();
            return new ConfigurationNode.Sequence(origin, [.. elements.Select((element, index) =>
                WriteElement(property, element, origin with { Path = $"{origin.Path}[{index}]" }))]);
        }

        return value is not null && property.IsSection
            ? WriteAll(value, origin)
            : new ConfigurationNode.Scalar(origin, property.Value.Format(value));
    }

    private static ConfigurationNode WriteElement(OptionProperty property, object? element, ConfigurationOrigin origin) =>
        element is null || ScalarType.IsScalar(property.ElementType!)
            ? new ConfigurationNode.Scalar(origin, property.Value.Format(element))
            : WriteAll(element, origin);

    /// <summary>An element of a list is written whole, without what is null: that was never set.</summary>
    private static ConfigurationNode.Section WriteAll(object options, ConfigurationOrigin origin)
    {
        var section = new ConfigurationNode.Section(origin);
        foreach (var property in OptionProperty.Of(options.GetType()))
        {
            if (property.Get(options) is { } value)
            {
                section.Items[property.Key] = Write(property, value, origin.Child(property.Key));
            }
        }

        return section;
    }
}
