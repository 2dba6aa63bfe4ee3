using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Compression;

/// <summary>A proxy whose only route compresses, whatever the machine is busy with.</summary>
internal static class CompressingProxy
{
    public static Task<Proxy> ToAsync(Uri backend) => ToAsync(static _ => { }, backend);

    public static Task<Proxy> ToAsync(Action<CompressionOptions> configure, Uri backend, Action<HttpPipelineOptions>? http = null) =>
        Proxy.ToAsync("timeout = 1h", http, app => app.MapPipeline("/{**path}", "shop", route => Use(route, configure)), backend);

    private static void Use(HttpRouteOptions route, Action<CompressionOptions> configure)
    {
        var options = new CompressionOptions { Adapt = false };
        configure(options);
        route.Use(options);
    }
}
