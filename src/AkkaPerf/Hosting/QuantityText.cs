using System.Globalization;

namespace AkkaPerf.Hosting;

/// <summary>A number followed by the name of a unit.</summary>
internal static class QuantityText
{
    // Far beyond every range, and still far from what a decimal can hold after the multiplication.
    private const decimal Limit = 1e16m;

    /// <summary>Gives the whole number of base units; false if there is no unit or the result is no whole number.</summary>
    public static bool TryParse(string text, (string[] Names, decimal Factor)[] units, out decimal value)
    {
        value = 0;
        var end = text.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        var unit = text[end..].TrimStart(' ', '\t');
        var factor = units.FirstOrDefault(candidate => candidate.Names.Contains(unit, StringComparer.Ordinal)).Factor;
        if (factor == 0
            || !decimal.TryParse(text.AsSpan(0, end), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || Math.Abs(number) > (factor < 1 ? Limit * 1e6m : Limit))
        {
            return false;
        }

        value = number * factor;
        return value == decimal.Truncate(value);
    }
}
