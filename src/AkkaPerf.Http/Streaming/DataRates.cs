using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AkkaPerf.Http.Streaming;

/// <summary>Lets a stream be silent and slow, where ordinary bodies have the server's minimum rates.</summary>
internal static class DataRates
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static void Lift(HttpContext context)
    {
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request)
        {
            request.MinDataRate = null;
        }

        // Not there over HTTP/2: its streams share the connection's rate, which is asked for only while something is to be written.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response)
        {
            response.MinDataRate = null;
        }
    }

    /// <summary>
    /// How long the client may take for a piece of a response by the server's minimum rate, where the server itself does not see to it; null where it
    /// does, or there is no such rate.
    /// </summary>
    /// <remarks>Over HTTP/2 the server times a stream that waits for its client's window only until the stream is written to again.</remarks>
    public static TimeSpan? LongestWriteOf(HttpContext context, int length)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol)
            || context.RequestServices.GetService<IOptions<KestrelServerOptions>>()?.Value.Limits is not { MinResponseDataRate: { } rate } limits)
        {
            return null;
        }

        // What the server holds before it goes out first.
        return LongestFor(length + (limits.MaxResponseBufferSize ?? 0), rate);
    }

    /// <summary>How long so many bytes may take by a rate; a day at most, which timers can still count.</summary>
    public static TimeSpan LongestFor(long length, MinDataRate rate) =>
        TimeSpan.FromSeconds(Math.Min(rate.GracePeriod.TotalSeconds + (length / rate.BytesPerSecond), Longest.TotalSeconds));

    /// <summary>Of what goes through a tunnel nothing is a body with a limit.</summary>
    public static void LiftSize(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
    }
}
