using AkkaPerf.Benchmarks.Overload;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>All of them; what they are told stands in config/peers.</summary>
internal static class Peers
{
    public static readonly Peer AkkaPool = Gateway("AkkaPerf, pool", "pool");
    public static readonly Peer AkkaInline = Gateway("AkkaPerf, inline", "inline");
    public static readonly Peer Guarded = Gateway("AkkaPerf", "inline", $"concurrency = {HttpOverloadCommand.Permits}, queue = {HttpOverloadCommand.Queue}");
    public static readonly Peer YarpPool = Yarp("YARP, pool", "yarp", "pool");
    public static readonly Peer YarpInline = Yarp("YARP, inline", "yarp", "inline");
    public static readonly Peer YarpCachePool = Yarp("YARP with OutputCache, pool", "yarp-cache", "pool");
    public static readonly Peer YarpCacheInline = Yarp("YARP with OutputCache, inline", "yarp-cache", "inline");
    public static readonly Peer YarpGzip = Yarp("YARP with OutputCache and ResponseCompression", "yarp-gzip", "pool");
    public static readonly Peer YarpLimited = Yarp("YARP with RateLimiter", "yarp-limit", "pool");
    public static readonly Peer Nginx = StartNginx("nginx proxy_pass", "nginx.conf");
    public static readonly Peer NginxCache = StartNginx("nginx proxy_cache", "nginx-cache.conf");
    public static readonly Peer HAProxy = StartHAProxy("HAProxy", "haproxy.cfg");
    public static readonly Peer HAProxyCache = StartHAProxy("HAProxy cache", "haproxy-cache.cfg");
    public static readonly Peer VarnishPass = StartVarnish("Varnish, pass", "varnish-pass.vcl");
    public static readonly Peer Varnish = StartVarnish("Varnish", "varnish.vcl");

    /// <summary>Starts the nginx behind them.</summary>
    public static ProxyProcess StartOrigin(Site site, int port) =>
        NginxProcess("origin", port, PeerFile.Fill("origin.conf", site.Folder, port, ("SMALL", new string('x', Site.SmallLength))));

    /// <summary>Starts a backend of limited capacity in the place of nginx.</summary>
    public static ProxyProcess StartLimited(Site site, int port) => new(
        "backend",
        Address(port),
        "dotnet",
        [typeof(Peers).Assembly.Location, "limited-backend", $"{port}", $"{HttpOverloadCommand.Permits}", $"{HttpOverloadCommand.ServiceMilliseconds}"]);

    /// <summary>A gateway that lets so many requests a second in and refuses the others at once.</summary>
    public static Peer Limited(double rate) => Gateway("AkkaPerf, limited", "inline", FormattableString.Invariant($"rate = {rate:0}, queue = 0"));

    private static Peer Gateway(string name, string scheduling, string throttle = "") => new(name, "dotnet", (site, port) => new ProxyProcess(
        name,
        Address(port),
        "dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "AkkaPerf.Gateway.dll"),
            "--config",
            PeerFile.Fill("akkaperf.hocon", site.Folder, port, ("ORIGIN", site.OriginHost), ("SCHEDULING", scheduling), ("THROTTLE", throttle)),
        ]));

    // Inline is what the gateway sets for itself: sockets' callbacks on their own thread, and no spinning for work.
    private static Peer Yarp(string name, string command, string scheduling) => new(name, "dotnet", (site, port) => new ProxyProcess(
        name,
        Address(port),
        "dotnet",
        [typeof(Peers).Assembly.Location, command, Address(port), Address(port + 1), scheduling, $"http://{site.OriginHost}"],
        scheduling == "inline" ? [("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1"), ("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "0")] : []));

    private static Peer StartNginx(string name, string file) => new(name, "nginx", (site, port) =>
        NginxProcess(name, port, PeerFile.Fill(file, site.Folder, port, ("ORIGIN", site.OriginHost))));

    // Workers of a master that root started would be another user, who may not read what we write.
    private static ProxyProcess NginxProcess(string name, int port, string configuration) => new(
        name, Address(port), "nginx", ["-c", configuration, "-g", Environment.IsPrivilegedProcess ? "daemon off; user root;" : "daemon off;"]);

    private static Peer StartHAProxy(string name, string file) => new(name, "haproxy", (site, port) => new ProxyProcess(
        name, Address(port), "haproxy", ["-db", "-f", PeerFile.Fill(file, site.Folder, port, ("ORIGIN", site.OriginHost))]));

    // Root would give its rights up, and with them what we write.
    private static Peer StartVarnish(string name, string file) => new(name, "varnishd", (site, port) => new ProxyProcess(
        name,
        Address(port),
        "varnishd",
        [
            .. Environment.IsPrivilegedProcess ? new[] { "-j", "none" } : [],
            "-F", "-a", $"127.0.0.1:{port}", "-T", "none", "-n", Path.Combine(site.Folder, $"varnish-{port}"), "-s", "malloc,64m",
            "-p", "thread_pools=2",
            "-f", PeerFile.Fill(file, site.Folder, port, ("ORIGIN_HOST", site.OriginHost.Split(':')[0]), ("ORIGIN_PORT", site.OriginHost.Split(':')[1])),
        ]));

    private static string Address(int port) => $"http://127.0.0.1:{port}";
}
