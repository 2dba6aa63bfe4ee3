using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>How old a response is (RFC 9111, section 4.2.3).</summary>
internal static class AgeRules
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(CacheControl.Longest);

    /// <summary>How old it was when it came.</summary>
    /// <param name="age">Its Age field: of several the first counts, what is no number does not.</param>
    /// <param name="date">Its Date field.</param>
    /// <param name="delay">How long it took to come.</param>
    /// <param name="now">The wall clock when it came.</param>
    public static TimeSpan Initial(StringValues age, StringValues date, TimeSpan delay, DateTimeOffset now)
    {
        var apparent = date is [{ } text] && HttpDate.TryParse(text, now, out var made) && now > made ? now - made : TimeSpan.Zero;
        var corrected = Told(age) + delay;
        var older = apparent > corrected ? apparent : corrected;
        return older < Longest ? older : Longest;
    }

    private static TimeSpan Told(StringValues age)
    {
        if (age.Count == 0)
        {
            return TimeSpan.Zero;
        }

        var members = new ListCursor(age[0]);
        if (!members.MoveNext() || members.Current.ContainsAnyExceptInRange('0', '9'))
        {
            return TimeSpan.Zero;
        }

        return long.TryParse(members.Current, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < CacheControl.Longest
            ? TimeSpan.FromSeconds(seconds)
            : Longest;
    }
}
