using System.Net;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Admin;

/// <summary>The names by which the admin listener may be asked.</summary>
/// <remarks>A web page may have its own name resolve to us (DNS rebinding): then the browser says that name, and not one of these.</remarks>
internal sealed class AdminHosts
{
    private readonly IReadOnlyList<string> _names;

    public AdminHosts(IEnumerable<string> names) => _names = [.. names];

    public bool Allow(HttpContext context)
    {
        var host = context.Request.Host.Host;
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || _names.Contains(host, StringComparer.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out var address)
                && (IPAddress.IsLoopback(address) || address.Equals(Unmapped(context.Connection.LocalIpAddress))));
    }

    public static Task RefuseAsync(HttpContext context) => new AdminProblem(
        StatusCodes.Status421MisdirectedRequest,
        "Misdirected Request",
        "host-not-allowed",
        $"This listener is not asked by the name '{context.Request.Host.Host}': use localhost, its own address, or a name in admin.hosts.")
    {
        // Not those of the list: who asks is not known yet.
        Allowed = ["localhost", "127.0.0.1", "[::1]"],
    }.WriteToAsync(context);

    private static IPAddress? Unmapped(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
}
