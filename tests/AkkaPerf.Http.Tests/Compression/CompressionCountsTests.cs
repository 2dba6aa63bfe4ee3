using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Assets;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Http.Tests.Telemetry;

namespace AkkaPerf.Http.Tests.Compression;

/// <summary>What the meter says of bodies before and after they were coded.</summary>
public sealed class CompressionCountsTests
{
    private static readonly byte[] Body = Texts.Of(20_000);

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task What_is_coded_on_its_way_counts_for_each_client(string coding)
    {
        await using var origin = await OriginAsync("no-store");
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var meters = new ContainerMeters(proxy.Services);
        var sent = await SizeAsync(proxy, coding) + await SizeAsync(proxy, coding);
        await Until.TrueAsync(() => Read(meters, "out", coding) == sent, "both bodies are counted");

        Assert.Equal(2 * Body.Length, Read(meters, "in", coding));
        Assert.Equal(2, meters.Read("akkaperf.compression").Count);
    }

    [Fact]
    public async Task What_is_kept_counts_once_however_often_it_is_sent()
    {
        await using var origin = await OriginAsync("max-age=60");
        await using var proxy = await CompressingProxy.ToAsync(static _ => { }, origin.Address);
        await SizeAsync(proxy, "identity");
        using var meters = new ContainerMeters(proxy.Services);
        var sent = await SizeAsync(proxy, "gzip");
        Assert.Equal(sent, await SizeAsync(proxy, "gzip"));

        Assert.Equal(Body.Length, Read(meters, "in", "gzip"));
        Assert.Equal(sent, Read(meters, "out", "gzip"));
    }

    [Fact]
    public async Task What_passes_as_it_is_does_not_count()
    {
        await using var origin = await OriginAsync("no-store");
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var meters = new ContainerMeters(proxy.Services);
        Assert.Equal(Body.Length, await SizeAsync(proxy, "identity"));

        Assert.Empty(meters.Read("akkaperf.compression"));
    }

    [Fact]
    public async Task Files_count_without_a_pipeline()
    {
        var folder = new AssetFolder().With("a.txt", Body);
        var route = new HttpRouteOptions();
        route.Use(new CompressionOptions { Adapt = false });
        await using var app = await AssetApp.StartAsync(folder, configure: null, route);
        using var meters = new ContainerMeters(app.Services);
        var answer = await app.AskAsync("/a.txt", "Accept-Encoding: br\r\n");

        Assert.Equal(Body.Length, meters.Read("akkaperf.compression")["akkaperf.compression.in{akkaperf.coding=br}"]);
        Assert.Equal(answer.Body.Length, meters.Read("akkaperf.compression")["akkaperf.compression.out{akkaperf.coding=br}"]);
    }

    private static Task<Origin> OriginAsync(string control) => Origin.StartAsync(async context =>
    {
        context.Response.ContentType = "text/plain";
        context.Response.Headers.CacheControl = control;
        context.Response.ContentLength = Body.Length;
        await context.Response.Body.WriteAsync(Body);
    });

    private static async Task<int> SizeAsync(Proxy proxy, string coding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", coding);
        using var response = await proxy.Client.SendAsync(request);
        return (await response.Content.ReadAsByteArrayAsync()).Length;
    }

    private static double Read(ContainerMeters meters, string direction, string coding) =>
        meters.Read("akkaperf.compression").GetValueOrDefault($"akkaperf.compression.{direction}{{akkaperf.pipeline=shop, akkaperf.coding={coding}}}");
}
