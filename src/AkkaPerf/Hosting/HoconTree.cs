using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace AkkaPerf.Hosting;

/// <summary>Turns what Akka's parser gives into nodes that know their origin.</summary>
/// <remarks>It walks the elements itself: asking Akka's values for their kind overflows the stack when a substitution leads back to itself.</remarks>
internal sealed class HoconTree
{
    private const int MaxDepth = 100;

    private readonly string _source;
    private readonly IReadOnlyDictionary<string, int> _lines;
    private readonly HashSet<HoconValue> _open = new(ReferenceEqualityComparer.Instance);

    private HoconTree(string source, IReadOnlyDictionary<string, int> lines)
    {
        _source = source;
        _lines = lines;
    }

    /// <summary>Takes over what stands below one key, its fallbacks included; null if nothing does.</summary>
    /// <exception cref="FormatException">A value leads back to itself.</exception>
    public static ConfigurationNode? From(Config config, string key, string source, IReadOnlyDictionary<string, int> lines)
    {
        ConfigurationNode? result = null;
        for (var layer = config; layer is not null; layer = layer.Fallback)
        {
            var tree = new HoconTree(source, lines);
            if (layer.Root is not null && tree.Pick(layer.Root, key) is { } value)
            {
                result = ConfigurationNode.Merge(tree.Convert(value, key), result);
            }
        }

        return result;
    }

    private HoconValue? Pick(HoconValue root, string key) =>
        Flatten(root).OfType<HoconObject>().Select(item => item.Items.GetValueOrDefault(key)).LastOrDefault(value => value is not null);

    private ConfigurationNode Convert(HoconValue value, string path)
    {
        if (!_open.Add(value) || _open.Count > MaxDepth)
        {
            throw new FormatException($"'{path}' leads back to itself or is nested too deep");
        }

        var elements = Flatten(value);
        var origin = new ConfigurationOrigin(_source, path, _lines.TryGetValue(path, out var line) ? $"line {line}" : null);
        ConfigurationNode node = elements switch
        {
            _ when elements.Exists(element => element is HoconObject) => Section(elements, origin),
            _ when elements.Exists(element => element is HoconArray) => Sequence(elements, origin),
            _ => new ConfigurationNode.Scalar(origin, Text(elements)),
        };
        _open.Remove(value);
        return node;
    }

    private ConfigurationNode.Section Section(List<IHoconElement> elements, ConfigurationOrigin origin)
    {
        var section = new ConfigurationNode.Section(origin);
        foreach (var (key, value) in elements.OfType<HoconObject>().SelectMany(element => element.Items))
        {
            section.Items[key] = ConfigurationNode.Merge(section.Items.GetValueOrDefault(key), Convert(value, origin.Child(key).Path))!;
        }

        return section;
    }

    private ConfigurationNode.Sequence Sequence(List<IHoconElement> elements, ConfigurationOrigin origin)
    {
        var values = elements.OfType<HoconArray>().SelectMany(element => element);
        return new(origin, [.. values.Select((value, index) => Convert(value, $"{origin.Path}[{index}]"))]);
    }

    /// <summary>Akka keeps the blanks between the pieces of a value, and one after it; it knows null only as this text.</summary>
    private static string? Text(List<IHoconElement> elements)
    {
        var text = string.Concat(elements.OfType<HoconLiteral>().Select(literal => literal.Value)).Trim();
        return elements.Count == 0 || text == "null" ? null : text;
    }

    private List<IHoconElement> Flatten(HoconValue value)
    {
        var elements = new List<IHoconElement>();
        foreach (var element in value.Values)
        {
            if (element is not HoconSubstitution substitution)
            {
                elements.Add(element);
            }
            else if (substitution.ResolvedValue is { } resolved)
            {
                if (!_open.Add(resolved) || _open.Count > MaxDepth)
                {
                    throw new FormatException($"the substitution ${{{substitution.Path}}} leads back to itself");
                }

                elements.AddRange(Flatten(resolved));
                _open.Remove(resolved);
            }
        }

        return elements;
    }
}
