using System.Net;
using AkkaPerf.Hosting;

namespace AkkaPerf.Gateway;

/// <summary>What the addresses of listeners and backends must satisfy.</summary>
internal static class AddressRules
{
    /// <summary>The scheme of a listener for HTTP/2 without TLS.</summary>
    public const string Http2Cleartext = "h2c";

    private const string AdminListenable = "http:// or https:// with an IP address or localhost, and a port, such as http://127.0.0.1:8080";

    private const string Listenable = "http://, https:// or h2c:// (HTTP/2 without TLS) with an IP address or localhost, and a port, such as http://127.0.0.1:8080";

    /// <summary>What is wrong with an address where clients connect, if anything.</summary>
    public static string? ListenerProblem(Uri address) => Problem(address, ["http", "https", Http2Cleartext], Listenable);

    /// <summary>What is wrong with the address where operators connect, if anything.</summary>
    public static string? AdminProblem(Uri address) => Problem(address, ["http", "https"], AdminListenable);

    private static string? Problem(Uri address, string[] schemes, string allowed) => address switch
    {
        { UserInfo.Length: > 0 } => $"must have no user or password, which nobody would be asked for, but be {allowed}",
        { AbsolutePath: "/" or "", Query: "", Fragment: "" }
            when !schemes.Contains(address.Scheme) || (address.Scheme == Http2Cleartext && address.Port < 0) => $"must be {allowed}",
        { AbsolutePath: "/" or "", Query: "", Fragment: "" }
            when (address.Host == "localhost" && address.Port > 0) || IPAddress.TryParse(address.IdnHost, out _) => null,
        _ => $"must be {allowed}",
    };

    /// <summary>What is wrong with a backend's address, if anything.</summary>
    public static string? BackendProblem(Uri? address) => address switch
    {
        not { IsAbsoluteUri: true, Scheme: "http" or "https" } => "must be an http or https address",
        { UserInfo.Length: > 0 } => "must have no user or password: they would not be sent",
        _ when address.OriginalString.AsSpan().ContainsAny('?', '#') => "must have no query or fragment: the request has its own",
        _ => null,
    };

    /// <summary>Finds the listeners that would take one another's port.</summary>
    public static IEnumerable<ConfigurationFault> CheckListeners(GatewayOptions options, Func<string, string> sourceOf)
    {
        var all = options.Listen
            .Select((address, i) => (Address: address, Path: $"akkaperf.gateway.listen[{i}]"))
            .Append((Address: options.Admin.Listen, Path: "akkaperf.gateway.admin.listen"))
            .ToArray();
        for (var i = 1; i < all.Length; i++)
        {
            var (address, path) = all[i];
            if (all[..i].FirstOrDefault(other => Overlap(other.Address, address)) is { Path: not null } taken)
            {
                yield return new(
                    path, address.OriginalString, $"is taken by {taken.Path} = {taken.Address.OriginalString} ({sourceOf(taken.Path)})", sourceOf(path));
            }
        }
    }

    /// <summary>Finds an operators' listener with TLS that has nothing to show.</summary>
    public static IEnumerable<ConfigurationFault> CheckAdminCertificate(GatewayOptions options, Func<string, string> sourceOf)
    {
        const string Path = "akkaperf.gateway.admin.listen";
        if (options.Admin.Listen.Scheme == Uri.UriSchemeHttps && options.Tls.Certificates.Count == 0)
        {
            yield return new(Path, options.Admin.Listen.OriginalString, "needs a certificate: akkaperf.gateway.tls.certificates is empty", sourceOf(Path));
        }
    }

    private static bool Overlap(Uri one, Uri other)
    {
        // Port 0 is a different free one for each.
        if (one.Port != other.Port || one.Port == 0)
        {
            return false;
        }

        return Of(one).Any(a => Of(other).Any(b => a.Equals(b) || Covers(a, b) || Covers(b, a)));
    }

    private static IPAddress[] Of(Uri address) =>
        address.Host == "localhost" ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Parse(address.IdnHost)];

    // The server opens [::] for both families.
    private static bool Covers(IPAddress any, IPAddress one) =>
        any.Equals(IPAddress.IPv6Any) || (any.Equals(IPAddress.Any) && one.AddressFamily == any.AddressFamily);
}
