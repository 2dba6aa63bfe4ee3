using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AkkaPerf.Http.Express;

/// <summary>The server's limits as far as they concern a request without a body: what is beyond them is left to the server, which refuses it.</summary>
/// <param name="Line">Longest request line, in bytes.</param>
/// <param name="Fields">Longest fields together, in bytes.</param>
/// <param name="Count">Most fields.</param>
/// <param name="KeepAlive">How long a connection may be idle.</param>
/// <param name="Rate">How slow a client may read; null for any.</param>
/// <param name="IsServerNamed">Whether the server says its name.</param>
internal sealed record ExpressLimits(int Line, int Fields, int Count, TimeSpan KeepAlive, MinDataRate? Rate, bool IsServerNamed)
{
    public static ExpressLimits Of(KestrelServerOptions options) => new(
        options.Limits.MaxRequestLineSize,
        options.Limits.MaxRequestHeadersTotalSize,
        options.Limits.MaxRequestHeaderCount,
        options.Limits.KeepAliveTimeout,
        options.Limits.MinResponseDataRate,
        options.AddServerHeader);
}
