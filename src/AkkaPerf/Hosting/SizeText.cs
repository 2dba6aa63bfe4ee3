using System.Globalization;

namespace AkkaPerf.Hosting;

/// <summary>Sizes as HOCON writes them: a number and a unit, such as <c>256MiB</c>; single letters are refused as ambiguous.</summary>
internal static class SizeText
{
    public const string Expectation = "a size with a unit B, kB, MB, GB, TB, KiB, MiB, GiB or TiB";

    private static readonly (string[] Names, decimal Bytes)[] Units =
    [
        (["B", "byte", "bytes"], 1m),
        (["kB", "kilobyte", "kilobytes"], 1e3m),
        (["MB", "megabyte", "megabytes"], 1e6m),
        (["GB", "gigabyte", "gigabytes"], 1e9m),
        (["TB", "terabyte", "terabytes"], 1e12m),
        (["KiB", "kibibyte", "kibibytes"], 1L << 10),
        (["MiB", "mebibyte", "mebibytes"], 1L << 20),
        (["GiB", "gibibyte", "gibibytes"], 1L << 30),
        (["TiB", "tebibyte", "tebibytes"], 1L << 40),
    ];

    /// <summary>False too if it is no whole number of bytes, or none that fits.</summary>
    public static bool TryParse(string text, out long value)
    {
        value = 0;
        if (!QuantityText.TryParse(text, Units, out var bytes) || bytes is < long.MinValue or > long.MaxValue)
        {
            return false;
        }

        value = (long)bytes;
        return true;
    }

    /// <summary>The shortest exact form in powers of 1024.</summary>
    public static string Format(long value)
    {
        string[] names = ["B", "KiB", "MiB", "GiB", "TiB"];
        var unit = 0;
        while (value != 0 && unit < names.Length - 1 && value % 1024 == 0)
        {
            value /= 1024;
            unit++;
        }

        return $"{value.ToString(CultureInfo.InvariantCulture)}{names[unit]}";
    }
}
