using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace AkkaPerf.Hosting;

/// <summary>Reads a value as one type allows it, and says what is allowed.</summary>
/// <remarks>A <see langword="long"/> is a size when its name ends in Bytes or it bears <c>[DataType("size")]</c>.</remarks>
internal sealed class ScalarType
{
    private readonly Type _type;
    private readonly bool _isSize;
    private readonly RangeAttribute? _range;
    private readonly RequiredAttribute? _required;
    private readonly IReadOnlyList<ValidationAttribute> _others;

    public ScalarType(Type type, PropertyInfo property)
    {
        _type = Nullable.GetUnderlyingType(type) ?? type;
        _isSize = _type == typeof(long)
            && (property.Name.EndsWith("Bytes", StringComparison.Ordinal)
                || property.GetCustomAttribute<DataTypeAttribute>()?.CustomDataType == "size");
        _range = property.GetCustomAttribute<RangeAttribute>();
        _required = property.GetCustomAttribute<RequiredAttribute>();
        _others = [.. property.GetCustomAttributes<ValidationAttribute>()
            .Where(attribute => attribute is not RangeAttribute and not RequiredAttribute and not DataTypeAttribute)];
    }

    public bool IsRequired => _required is not null;

    /// <summary>Whether it may hold a user and password, which are not to be shown.</summary>
    public bool IsAddress => _type == typeof(Uri);

    public static bool IsScalar(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum || type == typeof(string) || type == typeof(Uri) || type == typeof(TimeSpan)
            || type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(double);
    }

    /// <summary>Gives the value, or the problem with the text.</summary>
    public string? Read(string text, string key, out object? value)
    {
        value = Parse(text);
        if (text.Length == 0 && (IsRequired || _type != typeof(string)))
        {
            return _type == typeof(string) ? "must not be empty" : $"must be {Allowed()}";
        }

        if (value is null || (_range is not null && !IsInRange(value)))
        {
            return $"must be {Allowed()}";
        }

        var read = value;
        return _others.FirstOrDefault(attribute => !attribute.IsValid(read)) switch
        {
            null => null,
            RegularExpressionAttribute { ErrorMessage: null } pattern => $"must match {pattern.Pattern}",
            var attribute => attribute.FormatErrorMessage(key),
        };
    }

    /// <summary>What is allowed, for a message: <c>must be ...</c>.</summary>
    public string Allowed()
    {
        var range = _range is null ? "" : $"{Format(Limit(_range.Minimum))} to {Format(Limit(_range.Maximum))}";
        var kind = _type switch
        {
            _ when _type.IsEnum => OneOf([.. Enum.GetNames(_type).Select(KeyText.Kebab)]),
            _ when _type == typeof(bool) => "on or off (or true, false, yes, no)",
            _ when _type == typeof(TimeSpan) => DurationText.Expectation,
            _ when _isSize => SizeText.Expectation,
            _ when _type == typeof(int) || _type == typeof(long) => "a whole number",
            _ when _type == typeof(double) => "a number",
            _ when _type == typeof(Uri) => "an absolute URI such as http://127.0.0.1:9001",
            _ => "text",
        };
        return range.Length == 0 ? kind : $"{kind}, {range}";
    }

    /// <summary>A value as HOCON would have it.</summary>
    public string? Format(object? value) => value switch
    {
        null => null,
        bool flag => flag ? "on" : "off",
        TimeSpan duration => DurationText.Format(duration),
        long size when _isSize => SizeText.Format(size),
        Enum item => KeyText.Kebab(item.ToString()),
        Uri uri => uri.OriginalString,
        IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    private static string OneOf(string[] names) =>
        names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";

    private object? Parse(string text)
    {
        const NumberStyles Whole = NumberStyles.AllowLeadingSign;
        var invariant = CultureInfo.InvariantCulture;
        return _type switch
        {
            _ when _type.IsEnum => Enum.GetValues(_type).Cast<object>().FirstOrDefault(item => KeyText.Kebab(item.ToString()!) == text),
            _ when _type == typeof(string) => text,
            _ when _type == typeof(bool) => text switch
            {
                "on" or "true" or "yes" => true,
                "off" or "false" or "no" => false,
                _ => null,
            },
            _ when _type == typeof(TimeSpan) => DurationText.TryParse(text, out var duration) ? duration : null,
            _ when _isSize => SizeText.TryParse(text, out var size) ? size : null,
            _ when _type == typeof(int) => int.TryParse(text, Whole, invariant, out var number) ? number : null,
            _ when _type == typeof(long) => long.TryParse(text, Whole, invariant, out var number) ? number : null,
            _ when _type == typeof(double) => double.TryParse(text, NumberStyles.Float, invariant, out var number) && double.IsFinite(number) ? number : null,
            _ => ParseUri(text),
        };
    }

    /// <summary>A path alone would pass as a file's URI on some systems, so the separator is asked for.</summary>
    private static Uri? ParseUri(string text) =>
        text.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : null;

    private bool IsInRange(object value) =>
        value is IComparable comparable
        && comparable.CompareTo(Limit(_range!.Minimum)) >= 0
        && comparable.CompareTo(Limit(_range.Maximum)) <= 0;

    /// <summary>A range's limit in the property's own type; attributes hold durations as text and longs as doubles.</summary>
    private object Limit(object limit) => _type == typeof(TimeSpan)
        ? TimeSpan.Parse((string)limit, CultureInfo.InvariantCulture)
        : Convert.ChangeType(limit, _type, CultureInfo.InvariantCulture);
}
