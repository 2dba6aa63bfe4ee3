using System.Globalization;

namespace AkkaPerf.Caching;

/// <summary>Writes typed keys as text: for the second level and for prefixes.</summary>
internal static class KeyText
{
    /// <summary>The way for a type of keys; the text of one that <see cref="IsExact"/> does not name may be the same for different keys.</summary>
    public static Func<TKey, string> Of<TKey>()
        where TKey : notnull =>
        typeof(TKey) == typeof(string)
            ? (Func<TKey, string>)(object)(Func<string, string>)(static key => key)
            : static key => key is IFormattable formattable ? formattable.ToString(format: null, CultureInfo.InvariantCulture) : key.ToString() ?? "";

    /// <summary>Whether different keys surely have different texts.</summary>
    public static bool IsExact(Type type) =>
        type == typeof(string) || type == typeof(Guid) || type.IsEnum || type == typeof(decimal)
        || (type.IsPrimitive && type != typeof(float) && type != typeof(double));
}
