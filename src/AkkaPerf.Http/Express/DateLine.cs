using System.Globalization;
using System.Text;

namespace AkkaPerf.Http.Express;

/// <summary>The Date field of this second, written once. Any thread.</summary>
internal static class DateLine
{
    private static Known? _known;

    public static ReadOnlySpan<byte> Now()
    {
        var tick = Environment.TickCount64;
        if (Volatile.Read(ref _known) is { } known && tick < known.Until && tick >= known.From)
        {
            return known.Line;
        }

        var now = TimeProvider.System.GetUtcNow();
        var line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Date: {now:R}\r\n"));
        Volatile.Write(ref _known, new Known(tick, tick + 1000 - now.Millisecond, line));
        return line;
    }

    private sealed record Known(long From, long Until, byte[] Line);
}
