using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>How many more times a TRACE or OPTIONS may be forwarded (RFC 9110, section 7.6.2); to other methods the header means nothing.</summary>
internal static class MaxForwards
{
    private const string Name = "Max-Forwards";

    /// <summary>Whether it is ours to answer.</summary>
    public static bool EndsHere(HttpRequest request) => Counts(request.Method) && Read(request.Headers[Name].ToString()) == 0;

    /// <summary>Counts the hop that the request is about to make; what is no number stays as it is.</summary>
    public static void CountDown(string method, HttpRequestHeaders headers)
    {
        if (Counts(method) && headers.NonValidated.TryGetValues(Name, out var values) && Read(values.ToString()) is { } left and > 0)
        {
            headers.Remove(Name);
            headers.TryAddWithoutValidation(Name, (left - 1).ToString(CultureInfo.InvariantCulture));
        }
    }

    private static bool Counts(string method) => HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    // A number beyond counting is as good as the largest that can be counted, which the section allows to write instead.
    private static long? Read(string value)
    {
        if (value.Length == 0 || value.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return null;
        }

        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var left) ? left : long.MaxValue;
    }
}
