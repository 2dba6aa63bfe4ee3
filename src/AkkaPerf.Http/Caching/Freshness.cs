using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace AkkaPerf.Http.Caching;

/// <summary>Says for how long a response may be given to everybody, by what it says itself (RFC 9111, section 4.2); when in doubt, not at all.</summary>
/// <remarks>Its Date is not asked: how old it says the response is would hold only if our clocks agreed, which nobody knows.</remarks>
internal static class Freshness
{
    /// <summary>The life that is left; zero or less if it is not to be kept.</summary>
    public static TimeSpan Of(HttpResponseMessage response)
    {
        var headers = response.Headers.NonValidated;
        if (response.StatusCode != HttpStatusCode.OK
            || !headers.TryGetValues("Cache-Control", out var cacheControl)
            || headers.Contains("Set-Cookie")
            || headers.Contains("Vary")
            || !IsDelimited(response)
            || IsEndless(response))
        {
            return TimeSpan.Zero;
        }

        var directives = new Directives();
        foreach (var line in cacheControl)
        {
            directives.Read(line);
        }

        return TimeSpan.FromSeconds(Math.Max(0, directives.Life - AgeOf(headers)));
    }

    /// <summary>Whether the end of the body can be told from its having been cut off.</summary>
    private static bool IsDelimited(HttpResponseMessage response) =>
        response.Version.Major >= 2
        || response.Headers.NonValidated.Contains("Transfer-Encoding")
        || response.Content.Headers.ContentLength is not null;

    /// <summary>Whether it is made of events that may come at any time: nobody is to wait for its end.</summary>
    private static bool IsEndless(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type)
        && type.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static double AgeOf(HttpHeadersNonValidated headers)
    {
        if (!headers.TryGetValues("Age", out var age))
        {
            return 0;
        }

        return long.TryParse(age.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : double.MaxValue;
    }
}
