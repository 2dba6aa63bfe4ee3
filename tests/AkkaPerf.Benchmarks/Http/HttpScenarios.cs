using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>What is asked, and who takes part in it.</summary>
internal static class HttpScenarios
{
    public const string Small = "/small";
    public const string Text = "/kept-text";

    private const string Large = "/large";
    private const string Kept = "/kept";
    private const string KeptLarge = "/kept-large";

    private static readonly Peer[] Forwarding =
        [Peers.AkkaPool, Peers.AkkaInline, Peers.YarpPool, Peers.YarpInline, Peers.Nginx, Peers.HAProxy, Peers.VarnishPass];

    private static readonly Peer[] Caching =
        [Peers.AkkaPool, Peers.AkkaInline, Peers.YarpCachePool, Peers.YarpCacheInline, Peers.NginxCache, Peers.HAProxyCache, Peers.Varnish];

    private static readonly Peer[] Compressing =
        [Peers.AkkaPool, Peers.AkkaInline, Peers.YarpGzip, Peers.NginxCache, Peers.HAProxyCache, Peers.Varnish];

    /// <summary>In the order in which they run: idle first, while nobody has worked.</summary>
    public static readonly IReadOnlyList<(string Name, Func<Site, string, Rounds, Task<Scenario?>> Run)> All =
    [
        ("idle", async (site, name, _) => await Idle.RunAsync(site, name, [Peers.AkkaPool, Peers.AkkaInline, Peers.YarpPool, Peers.Nginx, Peers.HAProxy, Peers.Varnish])),
        ("pass-through, 300 B", Closed(Forward(new Ask(Small, Site.SmallLength)))),
        ("pass-through, 16 KiB", Closed(Forward(new Ask(Large, Site.LargeLength)))),
        ("pass-through, 300 B, HTTP/2 without TLS", RunHttp2Async),
        ("pass-through, 300 B, open loop", Open(Forward(new Ask(Small, Site.SmallLength)))),
        ("hits, 300 B", Closed(Hit(new Ask(Kept, Site.SmallLength) { IsHit = true }))),
        ("hits, 16 KiB", Closed(Hit(new Ask(KeptLarge, Site.LargeLength) { IsHit = true }))),
        ("hits, 16 KiB of text, plain and gzip", Closed(PlainAndGzip())),
        ("hits, 300 B, open loop", Open(Hit(new Ask(Kept, Site.SmallLength) { IsHit = true }))),
        ("refusals, three times what is let in", Refusals.RunAsync),
    ];

    // Null where there is no client for it.
    private static async Task<Scenario?> RunHttp2Async(Site site, string name, Rounds rounds) => site.Has("h2load")
        ? await ClosedLoop.RunAsync(site, name, [.. Forward(new Ask(Small, Site.SmallLength) { IsHttp2 = true }).Where(static one => one.Peer != Peers.VarnishPass)], rounds)
        : null;

    private static Func<Site, string, Rounds, Task<Scenario?>> Closed(IReadOnlyList<Entrant> entrants) =>
        async (site, name, rounds) => await ClosedLoop.RunAsync(site, name, entrants, rounds);

    private static Func<Site, string, Rounds, Task<Scenario?>> Open(IReadOnlyList<Entrant> entrants) =>
        async (site, name, rounds) => await OpenLoopScenario.RunAsync(site, name, entrants, rounds);

    private static Entrant[] Forward(Ask ask) =>
        [.. Forwarding.Select(peer => new Entrant(peer.Name, peer, ask, [("CPU to YARP's", Peers.YarpPool.Name), ("CPU to nginx's", Peers.Nginx.Name)]))];

    private static Entrant[] Hit(Ask ask) =>
        [.. Caching.Select(peer => new Entrant(peer.Name, peer, ask, [("CPU to YARP's", Peers.YarpCachePool.Name), ("CPU to nginx's", Peers.NginxCache.Name)]))];

    private static IReadOnlyList<Entrant> PlainAndGzip()
    {
        var plain = new Ask(Text, Site.LargeLength) { IsHit = true };
        return
        [
            .. Compressing.Select(peer => Of(peer, "plain", plain)),
            .. Compressing.Select(peer => Of(peer, "gzip", plain with { IsGzip = true }, ("CPU to its plain hit", $"{peer.Name}: plain"))),
        ];

        static Entrant Of(Peer peer, string coding, Ask ask, params IEnumerable<(string, string)> more) => new(
            $"{peer.Name}: {coding}",
            peer,
            ask,
            [("CPU to YARP's", $"{Peers.YarpGzip.Name}: {coding}"), ("CPU to nginx's", $"{Peers.NginxCache.Name}: {coding}"), .. more]);
    }
}
