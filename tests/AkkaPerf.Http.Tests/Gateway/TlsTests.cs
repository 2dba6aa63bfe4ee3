using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>TLS on the clients' side and on the backends'.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly Certificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task The_certificate_follows_the_name_and_a_new_file_is_taken_into_use()
    {
        var first = _certificates.Write("first", "first.example", "*.first.example");
        var second = _certificates.Write("second", "second.example");
        await using var gateway = GatewayProcess.Start(Listening($"{{ file = \"{first}\" }}, {{ file = \"{second}\" }}"), "--config", "$FILE");
        await gateway.StartedAsync();
        Assert.Equal("CN=first", (await HandshakeAsync(gateway, "first.example")).Subject);
        Assert.Equal("CN=first", (await HandshakeAsync(gateway, "a.first.example")).Subject);
        Assert.Equal("CN=first", (await HandshakeAsync(gateway, "unknown.example")).Subject);
        var old = await HandshakeAsync(gateway, "second.example");
        Assert.Equal("CN=second", old.Subject);

        _certificates.Write("second", "second.example");
        gateway.Signal("HUP");
        await gateway.SaysAsync("Reloaded");

        var current = await HandshakeAsync(gateway, "second.example");
        Assert.NotEqual(old.SerialNumber, current.SerialNumber);

        File.WriteAllText(second, "nonsense");
        gateway.Signal("HUP");
        await gateway.SaysErrorAsync("the one before stays in use");
        await gateway.SaysErrorAsync("akkaperf.gateway.tls.certificates[1].file");
        Assert.Equal(current.SerialNumber, (await HandshakeAsync(gateway, "second.example")).SerialNumber);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Operators_are_served_over_it_too(string version)
    {
        var file = _certificates.Write("admin", "localhost", "127.0.0.1");
        await using var gateway = GatewayProcess.Start(
            $$"""akkaperf.gateway { listen = ["http://127.0.0.1:0"], admin.listen = "https://127.0.0.1:0", tls.certificates = [{ file = "{{file}}" }] }""", "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = _certificates.Trusting() })
        {
            BaseAddress = gateway.Admin,
            DefaultRequestVersion = Version.Parse(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        Assert.Contains("\"demo\"", await client.GetStringAsync("/pipelines"), StringComparison.Ordinal);
        await using var events = await client.GetStreamAsync("/events");
        using var reader = new StreamReader(events);
        Assert.Equal("event: history", await reader.ReadLineAsync());
        gateway.Terminate();
        Assert.Equal(0, await gateway.ExitAsync());
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Both_versions_of_http_are_spoken_over_it(string version)
    {
        var file = _certificates.Write("shop", "localhost", "127.0.0.1");
        await using var gateway = GatewayProcess.Start(Listening($"{{ file = \"{file}\" }}"), "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = _certificates.Trusting() })
        {
            BaseAddress = gateway.Address,
            DefaultRequestVersion = Version.Parse(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.GetAsync("/echo/x");
        Assert.Equal(Version.Parse(version), response.Version);
        Assert.Contains("X-Forwarded-Proto: https", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backends_certificate_is_checked_against_the_roots()
    {
        var file = _certificates.Write("backend", "127.0.0.1");
        using var certificate = X509Certificate2.CreateFromPemFile(file);
        await using var origin = await Origin.StartTlsAsync(certificate, context => context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Scheme}"));
        var backend = $"akkaperf.gateway.routes = [{{ match = \"/{{**path}}\", pipeline = shop }}]\nakkaperf.pipelines.shop.backends = [{{ id = a, address = \"{origin.Address}\" }}]\n";
        await using var strict = GatewayProcess.Start(GatewayTests.AnyPort + backend + "akkaperf.pipeline.health.enabled = off", "--config", "$FILE");
        await using var trusting = GatewayProcess.Start(GatewayTests.AnyPort + backend + $"akkaperf.gateway.backend-tls.roots-file = \"{_certificates.RootsFile}\"", "--config", "$FILE");
        await strict.StartedAsync();
        await trusting.StartedAsync();
        using var client = new HttpClient();
        using var refused = await client.GetAsync(strict.Address);
        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        await Until.TrueAsync(() => trusting.IsReadyAsync(client), "its probes trust the roots too");
        Assert.Equal("HTTP/2 https", await client.GetStringAsync(trusting.Address));
    }

    [Theory]
    [InlineData("listen = [\"https://127.0.0.1:0\"]", "needs a certificate")]
    [InlineData("tls.certificates = [{ file = \"/nowhere/shop.pem\" }]", "tls.certificates[0].file")]
    [InlineData("backend-tls.roots-file = \"/nowhere/roots.pem\"", "backend-tls.roots-file")]
    [InlineData("backend-tls.certificate-file = \"/nowhere/client.pem\"", "backend-tls.certificate-file")]
    public async Task What_cannot_be_read_is_a_fault(string gatewayKey, string fault)
    {
        await using var gateway = GatewayProcess.Start($"akkaperf.gateway {{ {gatewayKey} }}", "--check", "--config", "$FILE");
        Assert.Equal(1, await gateway.ExitAsync());
        Assert.Contains(fault, gateway.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", gateway.Errors, StringComparison.Ordinal);
    }

    private static string Listening(string certificates) =>
        $"akkaperf.gateway {{ listen = [\"https://127.0.0.1:0\"], admin.listen = \"http://127.0.0.1:0\", demo-origins = 1, reload-interval = 0s, tls.certificates = [{certificates}] }}";

    private static async Task<X509Certificate2> HandshakeAsync(GatewayProcess gateway, string name)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Address.Host, gateway.Address.Port);
#pragma warning disable CA5359 // What is shown is looked at, whoever has signed it.
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(name);
        return new X509Certificate2(tls.RemoteCertificate!);
    }
}
