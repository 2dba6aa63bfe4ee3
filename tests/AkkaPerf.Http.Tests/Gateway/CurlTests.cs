using System.Diagnostics;
using System.Security.Cryptography;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>The gateway before curl, a client that is not of this platform, over each way to speak HTTP.</summary>
public sealed class CurlTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Certificates _certificates = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("akkaperf-curl-").FullName;

    public void Dispose()
    {
        _certificates.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [SkippableTheory]
    [InlineData("http", "--http1.1", false)]
    [InlineData("http", "--http1.1", true)]
    [InlineData("h2c", "--http2-prior-knowledge", false)]
    [InlineData("h2c", "--http2-prior-knowledge", true)]
    [InlineData("https", "--http1.1", false)]
    [InlineData("https", "--http2", true)]
    public async Task Bodies_heads_statuses_and_trailers_come_whole(string listen, string version, bool isBackendHttp2)
    {
        var curl = Programs.Find("curl");
        Skip.If(curl is null, "There is no curl on the path: apt-get install curl.");
        var bytes = new byte[1_000_003];
        new Random(5).NextBytes(bytes);
        var file = Path.Combine(_folder, "body");
        await File.WriteAllBytesAsync(file, bytes);
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                context.Response.Headers["X-Method"] = context.Request.Method;
                if (HttpMethods.IsPut(context.Request.Method))
                {
                    context.Response.Headers["X-Sum"] = Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body));
                    return;
                }

                // The platform's server has none over HTTP/1.1.
                if (context.Response.SupportsTrailers())
                {
                    context.Response.AppendTrailer("X-Last", "said");
                }

                context.Response.StatusCode = context.Request.Path == "/gone" ? 410 : 200;
                await context.Response.Body.WriteAsync(bytes);
            },
            isBackendHttp2);
        await using var gateway = GatewayProcess.Start(
            $$"""
            akkaperf {
              gateway {
                listen = ["{{listen}}://127.0.0.1:0"], admin.listen = "http://127.0.0.1:0"
                tls.certificates = [{ file = "{{_certificates.Write("shop", "127.0.0.1")}}" }]
                backend-http = {{(isBackendHttp2 ? "http2" : "http1")}}
                routes = [{ match = "/{**path}", pipeline = shop }]
              }
              pipelines.shop { backends = [{ id = a, address = "{{origin.Address.GetLeftPart(UriPartial.Authority)}}" }], health.enabled = off }
            }
            """,
            "--config",
            "$FILE");
        await gateway.StartedAsync();
        var (head, body) = (Path.Combine(_folder, "head"), Path.Combine(_folder, "got"));
        string[] common = [version, "--silent", "--show-error", "--cacert", _certificates.RootsFile, "--output", body, "--dump-header", head, "--write-out", "%{http_code} %{http_version}"];
        var told = version == "--http1.1" ? "1.1" : "2";

        Assert.Equal($"200 {told}", await CurlAsync("/whole"));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(body));
        Assert.Equal(isBackendHttp2 && told == "2", (await File.ReadAllTextAsync(head)).Contains("x-last: said", StringComparison.OrdinalIgnoreCase));

        Assert.Equal($"410 {told}", await CurlAsync("/gone"));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(body));

        // With leave asked for before the body (Expect).
        Assert.Equal($"200 {told}", await CurlAsync("/put", "--upload-file", file, "--header", "Expect: 100-continue"));
        Assert.Contains($"x-sum: {Convert.ToHexString(SHA256.HashData(bytes))}", await File.ReadAllTextAsync(head), StringComparison.OrdinalIgnoreCase);

        Assert.Equal($"200 {told}", await CurlAsync("/head", "--head"));
        Assert.Equal($"200 {told}", await CurlAsync("/odd", "--request", "REPORT"));
        Assert.Contains("x-method: report", await File.ReadAllTextAsync(head), StringComparison.OrdinalIgnoreCase);
        await gateway.IdleAsync("shop");
        Assert.Equal("", gateway.Errors);

        async Task<string> CurlAsync(string path, params string[] more)
        {
            var start = new ProcessStartInfo(curl!, [.. common, .. more, new Uri(gateway.Address, path).ToString()])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            using var timeout = new CancellationTokenSource(Limit);
            await process.WaitForExitAsync(timeout.Token);
            Assert.True(process.ExitCode == 0, await errors);
            return await output;
        }
    }
}
