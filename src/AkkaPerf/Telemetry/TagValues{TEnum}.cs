using System.Text;

namespace AkkaPerf.Telemetry;

/// <summary>An enum's names as tag values, such as <c>queue_full</c>; written once.</summary>
internal static class TagValues<TEnum>
    where TEnum : struct, Enum
{
    /// <summary>All values.</summary>
    public static readonly TEnum[] All = Enum.GetValues<TEnum>();

    private static readonly Dictionary<TEnum, string> Names = All.ToDictionary(static value => value, static value => Snake(value.ToString()));

    public static string Of(TEnum value) => Names[value];

    private static string Snake(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsAsciiLetterUpper(name[i]))
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
