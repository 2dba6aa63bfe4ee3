using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace AkkaPerf.Hosting;

/// <summary>One public property of an options class, and the key that it is bound to.</summary>
internal sealed class OptionProperty
{
    private readonly PropertyInfo _property;

    private OptionProperty(PropertyInfo property)
    {
        _property = property;
        Key = KeyText.Kebab(property.Name);
        ElementType = ElementOf(property.PropertyType);
        Value = new ScalarType(ElementType ?? property.PropertyType, property);
        IsNullable = !Value.IsRequired && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        IsHidden = property.GetCustomAttribute<DataTypeAttribute>()?.DataType == DataType.Password;
    }

    public string Key { get; }

    public string Name => _property.Name;

    public Type Type => _property.PropertyType;

    /// <summary>What a list holds; null if it is no list.</summary>
    public Type? ElementType { get; }

    /// <summary>How the property, or an element of its list, reads a value; for a section it says nothing.</summary>
    public ScalarType Value { get; }

    /// <summary>Whether <c>null</c> is a value.</summary>
    public bool IsNullable { get; }

    /// <summary>Whether messages must not show the value: <c>[DataType(DataType.Password)]</c>.</summary>
    public bool IsHidden { get; }

    public bool IsSection => ElementType is null && !ScalarType.IsScalar(Type);

    /// <summary>The properties of an options class that can be set, in the order of their declaration.</summary>
    public static IReadOnlyList<OptionProperty> Of(Type type) =>
    [
        .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property is { CanRead: true, SetMethod.IsPublic: true } && property.GetIndexParameters().Length == 0)
            .Select(property => new OptionProperty(property)),
    ];

    public object? Get(object target) => _property.GetValue(target);

    public void Set(object target, object? value) => _property.SetValue(target, value);

    /// <summary>Gives a list property its elements.</summary>
    public void SetList(object target, IEnumerable<object> elements)
    {
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(ElementType!))!;
        foreach (var element in elements)
        {
            list.Add(element);
        }

        Set(target, list);
    }

    private static Type? ElementOf(Type type) =>
        type.IsGenericType && type.IsAssignableFrom(typeof(List<>).MakeGenericType(type.GetGenericArguments()[..1]))
            ? type.GetGenericArguments()[0]
            : null;
}
