using System.ComponentModel.DataAnnotations;
using System.Globalization;
using AkkaPerf.Backends;

namespace AkkaPerf.Hosting;

/// <summary>Fills an options object from a configuration and notes every fault on the way.</summary>
internal sealed class OptionsReader
{
    private const string Hidden = "(hidden)";

    private readonly List<ConfigurationFault> _faults = [];
    private readonly List<ConfigurationSetting> _settings = [];

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<ConfigurationFault> Faults => _faults;

    /// <summary>Every value in effect, in the order of the options' properties.</summary>
    public IReadOnlyList<ConfigurationSetting> Settings => _settings;

    /// <summary>Fills <paramref name="target"/> with what is there.</summary>
    /// <param name="target">The options, as their class initialises them.</param>
    /// <param name="node">The section, or whatever stands in its place.</param>
    /// <param name="path">The path of the section.</param>
    /// <param name="isComplete">Whether nothing else is laid over it: only then can something be missing.</param>
    public void Read(object target, ConfigurationNode? node, string path, bool isComplete)
    {
        if (node is not null and not ConfigurationNode.Section)
        {
            Add(node, "must be an object");
            return;
        }

        var section = node as ConfigurationNode.Section;
        var properties = OptionProperty.Of(target.GetType());
        RefuseUnknown(section, properties.Select(property => property.Key));
        foreach (var property in properties)
        {
            var value = section?.Items.GetValueOrDefault(property.Key);
            var valuePath = ConfigurationOrigin.Join(path, property.Key);
            if (property.IsSection)
            {
                ReadSection(target, property, value, (valuePath, isComplete));
            }
            else if (value is null)
            {
                Keep(target, property, section, (valuePath, isComplete));
            }
            else if (property.ElementType is not null)
            {
                ReadList(target, property, value, valuePath);
            }
            else if (ReadScalar(property, value, valuePath, out var read))
            {
                property.Set(target, read);
            }
        }

        if (isComplete && target is IValidatableObject validatable)
        {
            Validate(validatable, section, path);
        }
    }

    /// <summary>Notes the keys that nobody knows.</summary>
    public void RefuseUnknown(ConfigurationNode.Section? section, IEnumerable<string> known)
    {
        foreach (var (key, node) in section?.Items ?? [])
        {
            if (!known.Contains(key, StringComparer.Ordinal))
            {
                var meant = KeyText.NearMiss(key, known);
                _faults.Add(new(node.Origin.Path, Value: null, meant is null ? "unknown key" : $"unknown key; did you mean '{meant}'?", node.Origin.Text));
            }
        }
    }

    public void Add(ConfigurationNode node, string problem, bool isHidden = false) =>
        Add(node, problem, isHidden ? null : Show(node, property: null));

    private void Add(ConfigurationNode node, string problem, string? shown) => _faults.Add(new(node.Origin.Path, shown, problem, node.Origin.Text));

    private static string Show(ConfigurationNode node, OptionProperty? property) => node switch
    {
        ConfigurationNode.Scalar { Text: { Length: > 0 } text } when property is { Value.IsAddress: true } => AddressText.Mask(text),
        ConfigurationNode.Section => "{ }",
        ConfigurationNode.Sequence => "[ ]",
        ConfigurationNode.Scalar { Text: { } text } => text.Length == 0 ? "\"\"" : text,
        _ => "null",
    };

    private void ReadSection(object target, OptionProperty property, ConfigurationNode? value, (string Path, bool IsComplete) place)
    {
        var inner = property.Get(target) ?? Activator.CreateInstance(property.Type)!;
        Read(inner, value, place.Path, place.IsComplete);
        property.Set(target, inner);
    }

    /// <summary>Nothing is configured: the property keeps the value that its class gave it.</summary>
    private void Keep(object target, OptionProperty property, ConfigurationNode.Section? section, (string Path, bool IsComplete) place)
    {
        if (!place.IsComplete)
        {
            return;
        }

        var value = property.Get(target);
        if (property.Value.IsRequired && value is null or "")
        {
            var origin = section?.Origin.Child(property.Key) ?? new("default", place.Path);
            _faults.Add(new(origin.Path, Value: null, $"is required: {property.Value.Allowed()}", origin.Text));
        }
        else if (property.ElementType is not null)
        {
            _settings.Add(new(place.Path, "[]", "default"));
        }
        else
        {
            _settings.Add(new(place.Path, property.IsHidden ? Hidden : property.Value.Format(value) ?? "null", "default"));
        }
    }

    private void ReadList(object target, OptionProperty property, ConfigurationNode value, string path)
    {
        if (value is not ConfigurationNode.Sequence list)
        {
            Add(value, "must be a list");
            return;
        }

        if (list.Items.Count == 0)
        {
            _settings.Add(new(path, "[]", list.Origin.Text));
        }

        var elements = new List<object>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (ScalarType.IsScalar(property.ElementType!))
            {
                if (ReadScalar(property, list.Items[i], $"{path}[{i}]", out var read) && read is not null)
                {
                    elements.Add(read);
                }
            }
            else
            {
                var element = Activator.CreateInstance(property.ElementType!)!;
                Read(element, list.Items[i], $"{path}[{i}]", isComplete: true);
                elements.Add(element);
            }
        }

        property.SetList(target, elements);
    }

    private bool ReadScalar(OptionProperty property, ConfigurationNode node, string path, out object? value)
    {
        value = null;
        var problem = node switch
        {
            ConfigurationNode.Scalar { Text: null } => property.IsNullable ? null : $"must be {property.Value.Allowed()}",
            ConfigurationNode.Scalar { Text: { } text } => property.Value.Read(text, property.Key, out value),
            ConfigurationNode.Section => $"must be a value, not an object: {property.Value.Allowed()}",
            _ => $"must be a value, not a list: {property.Value.Allowed()}",
        };
        if (problem is not null)
        {
            Add(node, problem, property.IsHidden ? null : Show(node, property));
            return false;
        }

        _settings.Add(new(path, property.IsHidden ? Hidden : Show(node, property), node.Origin.Text));
        return true;
    }

    private void Validate(IValidatableObject target, ConfigurationNode.Section? section, string path)
    {
        foreach (var result in target.Validate(new ValidationContext(target)))
        {
            // A member is a property, or an element of its list: Listen[0].
            var member = result.MemberNames.FirstOrDefault("");
            var bracket = member.IndexOf('[', StringComparison.Ordinal);
            var (name, index) = bracket < 0 ? (member, "") : (member[..bracket], member[bracket..]);
            var key = KeyText.Kebab(name);
            var property = OptionProperty.Of(target.GetType()).FirstOrDefault(property => property.Name == name);
            var node = ElementOf(section?.Items.GetValueOrDefault(key), index) ?? section;
            _faults.Add(new(
                node?.Origin.Path ?? (key.Length == 0 ? path : ConfigurationOrigin.Join(path, key + index)),
                node is ConfigurationNode.Scalar && property is not { IsHidden: true } ? Show(node, property) : null,
                result.ErrorMessage ?? "is invalid",
                node?.Origin.Text ?? "default"));
        }
    }

    private static ConfigurationNode? ElementOf(ConfigurationNode? node, string index) =>
        node is ConfigurationNode.Sequence list && int.TryParse(index.Trim('[', ']'), NumberStyles.None, CultureInfo.InvariantCulture, out var i)
            ? list.Items.ElementAtOrDefault(i) ?? node
            : node;
}
