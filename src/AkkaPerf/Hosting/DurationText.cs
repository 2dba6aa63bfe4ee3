using System.Globalization;

namespace AkkaPerf.Hosting;

/// <summary>Durations as HOCON writes them: a number and a unit, such as <c>250ms</c> or <c>5 minutes</c>.</summary>
internal static class DurationText
{
    public const string Expectation = "a duration with a unit ns, us, ms, s, m, h or d";

    private static readonly (string[] Names, decimal Ticks)[] Units =
    [
        (["ns", "nano", "nanos", "nanosecond", "nanoseconds"], 0.01m),
        (["us", "micro", "micros", "microsecond", "microseconds"], TimeSpan.TicksPerMicrosecond),
        (["ms", "milli", "millis", "millisecond", "milliseconds"], TimeSpan.TicksPerMillisecond),
        (["s", "second", "seconds"], TimeSpan.TicksPerSecond),
        (["m", "minute", "minutes"], TimeSpan.TicksPerMinute),
        (["h", "hour", "hours"], TimeSpan.TicksPerHour),
        (["d", "day", "days"], TimeSpan.TicksPerDay),
    ];

    /// <summary>False too if a tick of 100 ns cannot express it, or no time span is that long.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        if (!QuantityText.TryParse(text, Units, out var ticks) || ticks is < long.MinValue or > long.MaxValue)
        {
            return false;
        }

        value = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>The shortest exact form; a day is said as 24h, as ranges say it.</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
        {
            return "0s";
        }

        for (var i = Units.Length - 1; i > 0; i--)
        {
            var (names, ticks) = Units[i];
            if (value.Ticks % (long)ticks == 0 && (names[0] != "d" || Math.Abs((decimal)value.Ticks) > ticks))
            {
                return $"{(value.Ticks / (long)ticks).ToString(CultureInfo.InvariantCulture)}{names[0]}";
            }
        }

        return $"{(value.Ticks * 100m).ToString(CultureInfo.InvariantCulture)}ns";
    }
}
