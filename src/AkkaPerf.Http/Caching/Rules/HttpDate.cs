using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>Reads the three forms of RFC 9110, section 5.6.7, strictly: what another recipient may read differently is no date.</summary>
internal static class HttpDate
{
    private static readonly string[] Weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    private static readonly string[] LongWeekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary>Reads a date; false if it is none.</summary>
    /// <param name="text">The field's value.</param>
    /// <param name="now">Tells which century two digits mean.</param>
    /// <param name="date">The date, in UTC.</param>
    public static bool TryParse(ReadOnlySpan<char> text, DateTimeOffset now, out DateTimeOffset date)
    {
        date = default;
        var comma = text.IndexOf(',');
        return comma switch
        {
            3 => TryFixed(text, out date),
            > 3 => TryRfc850(text, comma, now, out date),
            _ => TryAsctime(text, out date),
        };
    }

    /// <summary>Reads the only line of a field; null if there is another number of them, or it is no date.</summary>
    public static DateTimeOffset? TryParseOne(StringValues lines, DateTimeOffset now) => lines is [{ } text] && TryParse(text, now, out var date) ? date : null;

    /// <summary>Writes the preferred form.</summary>
    public static string Format(DateTimeOffset date) => date.ToString("r", CultureInfo.InvariantCulture);

    // Sun, 06 Nov 1994 08:49:37 GMT
    private static bool TryFixed(ReadOnlySpan<char> text, out DateTimeOffset date)
    {
        date = default;
        return text.Length == 29
            && IsOneOf(text[..3], Weekdays) && text[4] == ' ' && text[7] == ' ' && text[11] == ' ' && text[16] == ' ' && IsGmt(text[25..])
            && TryNumber(text[5..7], out var day) && TryMonth(text[8..11], out var month) && TryNumber(text[12..16], out var year)
            && TryMake((year, month, day), text[17..25], out date);
    }

    // Sunday, 06-Nov-94 08:49:37 GMT
    private static bool TryRfc850(ReadOnlySpan<char> text, int comma, DateTimeOffset now, out DateTimeOffset date)
    {
        date = default;
        var rest = text[(comma + 1)..];
        if (!IsOneOf(text[..comma], LongWeekdays) || rest.Length != 23 || rest[0] != ' ' || rest[3] != '-' || rest[7] != '-' || rest[10] != ' ' || !IsGmt(rest[19..]))
        {
            return false;
        }

        if (!TryNumber(rest[1..3], out var day) || !TryMonth(rest[4..7], out var month) || !TryNumber(rest[8..10], out var digits))
        {
            return false;
        }

        // More than 50 years ahead is the last century's.
        var year = (now.Year / 100 * 100) + digits;
        return TryMake((year, month, day), rest[11..19], out date)
            && (date <= now.AddYears(50) || TryMake((year - 100, month, day), rest[11..19], out date));
    }

    // Sun Nov  6 08:49:37 1994
    private static bool TryAsctime(ReadOnlySpan<char> text, out DateTimeOffset date)
    {
        date = default;
        if (text.Length != 24 || !IsOneOf(text[..3], Weekdays) || text[3] != ' ' || text[7] != ' ' || text[10] != ' ' || text[19] != ' ')
        {
            return false;
        }

        var dayText = text[8] == ' ' ? text[9..10] : text[8..10];
        return TryMonth(text[4..7], out var month) && TryNumber(dayText, out var day) && TryNumber(text[20..24], out var year)
            && TryMake((year, month, day), text[11..19], out date);
    }

    private static bool TryMake((int Year, int Month, int Day) day, ReadOnlySpan<char> time, out DateTimeOffset date)
    {
        date = default;
        if (time[2] != ':' || time[5] != ':'
            || !TryNumber(time[..2], out var hour) || !TryNumber(time[3..5], out var minute) || !TryNumber(time[6..], out var second)
            || day.Year < 1 || day.Day < 1 || day.Day > DateTime.DaysInMonth(day.Year, day.Month) || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        // A leap second is told as the one before it.
        date = new DateTimeOffset(day.Year, day.Month, day.Day, hour, minute, Math.Min(second, 59), TimeSpan.Zero);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool TryMonth(ReadOnlySpan<char> text, out int month)
    {
        for (var i = 0; i < Months.Length; i++)
        {
            if (text.Equals(Months[i], StringComparison.OrdinalIgnoreCase))
            {
                month = i + 1;
                return true;
            }
        }

        month = 0;
        return false;
    }

    private static bool IsOneOf(ReadOnlySpan<char> text, string[] names)
    {
        foreach (var name in names)
        {
            if (text.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsGmt(ReadOnlySpan<char> text) => text.Equals(" GMT", StringComparison.OrdinalIgnoreCase);
}
