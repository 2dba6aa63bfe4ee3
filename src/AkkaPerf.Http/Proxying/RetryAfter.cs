using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>When a client that was refused is told to come again.</summary>
internal static class RetryAfter
{
    // Longer waits are rare enough to be written each time.
    private static readonly StringValues[] Known =
        [.. Enumerable.Range(0, 121).Select(static seconds => new StringValues(seconds.ToString(CultureInfo.InvariantCulture)))];

    /// <summary>Whole seconds, never less than it takes and at least one; up to half as long again, by chance, lest all of them come back together.</summary>
    public static StringValues Text(TimeSpan after)
    {
        var least = (long)Math.Clamp(Math.Ceiling(after.TotalSeconds), 1, int.MaxValue);
        var seconds = least + Random.Shared.NextInt64(Math.Max(1, least / 2) + 1);
        return seconds < Known.Length ? Known[seconds] : new StringValues(seconds.ToString(CultureInfo.InvariantCulture));
    }
}
