using AkkaPerf.Gateway;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Tests.Assets;
using AkkaPerf.Http.Tests.Compression;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>Compression and files, as the gateway's configuration has them.</summary>
public sealed class OptimisationTests
{
    [Fact]
    public async Task A_route_says_whether_it_compresses_and_what_files_it_serves()
    {
        using var folder = new AssetFolder().With("a.js", Texts.Of(5000)).With("b.js", Texts.Of(5000)).With("b.js.br", "b");
        await using var origin = await Origin.StartAsync(context =>
        {
            context.Response.ContentType = "text/plain";
            return context.Response.Body.WriteAsync(Texts.Of(5000)).AsTask();
        });
        await using var gateway = GatewayProcess.Start(
            $$"""
            {{GatewayTests.AnyPort}}
            akkaperf.pipelines.shop.backends = [{ id = a, address = "{{origin.Address.GetLeftPart(UriPartial.Authority)}}" }]
            akkaperf.pipeline.health.enabled = off
            akkaperf.gateway {
              compression { codings = [br, gzip], adapt = off }
              routes = [
                { match = "/on/{**path}", pipeline = shop }
                { match = "/off/{**path}", pipeline = shop, compression.enabled = off }
                { match = "/always/{**path}", pipeline = shop, compression.credentialed = always }
                { match = "/static/{**path}", assets.directory = "{{folder.Root}}", assets.max-age = 1h, response-headers.set = [{ name = X-Edge, value = "1" }] }
              ]
            }
            """,
            "--config",
            "$FILE");
        await gateway.StartedAsync();
        Assert.Equal("br", await CodingOfAsync("/on/x", ""));
        Assert.Equal("", await CodingOfAsync("/on/x", "Cookie: a=b\r\n"));
        Assert.Equal("", await CodingOfAsync("/off/x", ""));
        Assert.Equal("br", await CodingOfAsync("/always/x", "Cookie: a=b\r\n"));
        Assert.Equal("br", await CodingOfAsync("/static/a.js", ""));
        var file = await AskAsync("/static/b.js", "Accept-Encoding: br\r\n");
        Assert.Equal((200, "b", "1", "public, max-age=3600"), (file.Status, file.Text, file["X-Edge"], file["Cache-Control"]));
        Assert.Equal(404, (await AskAsync("/static/missing", "")).Status);

        async Task<string> CodingOfAsync(string target, string headers)
        {
            var answer = await AskAsync(target, $"Accept-Encoding: gzip, br\r\n{headers}");
            Assert.Equal(200, answer.Status);
            return answer["Content-Encoding"];
        }

        async Task<AssetAnswer> AskAsync(string target, string headers) => AssetAnswer.Parse(
            await RawConnection.AskAsync(gateway.Address, $"GET {target} HTTP/1.1\r\nHost: any\r\n{headers}Connection: close\r\n\r\n"));
    }

    [Fact]
    public async Task A_reload_takes_compression_and_files_into_use()
    {
        using var folder = new AssetFolder().With("a.js", Texts.Of(5000)).With("b/a.js", "other");
        await using var gateway = GatewayProcess.Start(With("enabled = off", folder.Root), "--config", "$FILE");
        await gateway.StartedAsync();
        Assert.Equal("", (await AskAsync())["Content-Encoding"]);
        await gateway.ChangeAsync(With("enabled = on, adapt = off", folder.Root), "gateway.compression.enabled");
        Assert.Equal("br", (await AskAsync())["Content-Encoding"]);
        await gateway.ChangeAsync(With("enabled = on, adapt = off", Path.Combine(folder.Root, "b")), "gateway.routes");
        Assert.Equal("other", (await AskAsync()).Text);
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsync("pipeline"));
        await gateway.ChangeAsync(
            $$"""
            {{GatewayTests.AnyPort}}
            akkaperf.pipelines.shop { backends = [{ id = a, address = "{{origin.Address.GetLeftPart(UriPartial.Authority)}}" }], health.enabled = off }
            akkaperf.gateway.routes = [{ match = "/{**path}", pipeline = shop }]
            """,
            "gateway.routes");
        Assert.Equal("pipeline", (await AskAsync()).Text);
        await gateway.ChangeAsync(With("enabled = on, adapt = off", folder.Root), "gateway.routes");
        Assert.Equal("br", (await AskAsync())["Content-Encoding"]);

        static string With(string compression, string directory) =>
            $"{GatewayTests.AnyPort}akkaperf.gateway {{ compression {{ {compression} }}\n routes = [{{ match = \"/{{**path}}\", assets.directory = \"{directory}\" }}] }}";

        async Task<AssetAnswer> AskAsync() => AssetAnswer.Parse(
            await RawConnection.AskAsync(gateway.Address, "GET /a.js HTTP/1.1\r\nHost: any\r\nAccept-Encoding: br\r\nConnection: close\r\n\r\n"));
    }

    [Fact]
    public async Task A_gateway_may_serve_files_alone()
    {
        using var folder = new AssetFolder().With("index.html", "home");
        await using var gateway = GatewayProcess.Start(
            $"{GatewayTests.AnyPort}akkaperf.gateway.routes = [{{ match = \"/{{**path}}\", assets.directory = \"{folder.Root}\" }}]", "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient();
        Assert.Equal("home", await client.GetStringAsync(gateway.Address));
        Assert.True(await gateway.IsReadyAsync(client));
    }

    [Theory]
    [InlineData("{ match = \"/a\" }", "[0]", "must be the name of a pipeline, unless assets.directory says where files are")]
    [InlineData("{ match = \"/a\", pipeline = \"\" }", "[0].pipeline", "must be the name of a pipeline, unless assets.directory says where files are")]
    [InlineData("{ match = \"/a\", pipeline = shop, assets.directory = \"/tmp\" }", "[0].pipeline", "must not be there beside assets.directory: a route leads to one of them")]
    [InlineData("{ match = \"/a\", assets.directory = \"/nowhere/at/all\" }", "[0].assets.directory", "must be a directory that exists")]
    [InlineData("{ match = \"/a\", assets { directory = \"/tmp\", default-document = \"../x\" } }", "[0].assets.default-document", "must be the name of a file, such as index.html")]
    [InlineData("{ match = \"/a\", pipeline = shop, compression.enabled = maybe }", "[0].compression.enabled", "must be on or off (or true, false, yes, no)")]
    [InlineData("{ match = \"/a\", pipeline = shop, compression.credentialed = some }", "[0].compression.credentialed", "must be never, public, same-origin or always")]
    public void A_route_that_leads_nowhere_is_a_fault_of_its_line(string route, string key, string problem)
    {
        var fault = Assert.Single(Load($"akkaperf.pipelines.shop.backends = [{{ id = a, address = \"http://127.0.0.1:9001\" }}]\nakkaperf.gateway.routes = [{route}]"));
        Assert.Equal(($"akkaperf.gateway.routes{key}", problem), (fault.Path, fault.Problem));
        Assert.EndsWith(".hocon, line 2", fault.Source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("codings = []", "codings", "must name at least one coding")]
    [InlineData("codings = [br, deflate]", "codings[1]", "must be identity, br, gzip or zstd")]
    [InlineData("codings = [br, identity]", "codings[1]", "must be br, gzip or zstd, each once")]
    [InlineData("types = [html]", "types[0]", "must be a type such as text/html, text/* or application/*+json")]
    [InlineData("min-size = 1", "min-size", null)]
    [InlineData("effort = most", "effort", "must be fast, balanced or best")]
    public void What_cannot_be_compressed_is_a_fault_of_its_line(string setting, string key, string? problem)
    {
        var fault = Assert.Single(Load($"\nakkaperf.gateway.compression.{setting}"));
        Assert.Equal($"akkaperf.gateway.compression.{key}", fault.Path);
        Assert.True(problem is null || fault.Problem == problem, fault.Problem);
        Assert.EndsWith(".hocon, line 2", fault.Source, StringComparison.Ordinal);
    }

    private static IReadOnlyList<ConfigurationFault> Load(string hocon)
    {
        var file = Path.Combine(Path.GetTempPath(), $"akkaperf-{Guid.NewGuid():N}.hocon");
        File.WriteAllText(file, hocon);
        try
        {
            return GatewayConfiguration.Load([file]).Faults;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
