using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Gateway;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Http.Tests.Streaming;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Proxying;

/// <summary>Ends that are no ends: each is told to the other side as what it is.</summary>
public sealed class AbortTests : IDisposable
{
    private readonly Certificates _certificates = new();
    private readonly X509Certificate2 _certificate;

    public AbortTests() => _certificate = X509Certificate2.CreateFromPemFile(_certificates.Write("both", "127.0.0.1"));

    /// <summary>Whether each side speaks HTTP/2, and over what: the backend speaks TLS if the client does.</summary>
    public static TheoryData<bool, bool, ClientSide> Sides()
    {
        var sides = new TheoryData<bool, bool, ClientSide>();
        foreach (var side in Enum.GetValues<ClientSide>())
        {
            sides.Add(false, false, side);
            sides.Add(false, true, side);
            sides.Add(true, false, side);
            sides.Add(true, true, side);
        }

        return sides;
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _certificates.Dispose();
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task A_client_that_goes_cancels_its_call_and_gives_everything_back(bool isHttp2, bool isBackendHttp2, ClientSide side)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isBrokenOff = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                using (context.RequestAborted.Register(isBrokenOff.SetResult))
                {
                    begun.SetResult();
                    await isBrokenOff.Task;
                }
            },
            isBackendHttp2,
            CertificateOf(side));
        await using var proxy = await StartAsync(origin, isBackendHttp2, side);
        if (isHttp2)
        {
            using var client = await RawHttp2.OpenAsync(proxy.Http2Address, TlsOf(side));
            await client.SendHeadersAsync(1, isEnd: true, Get(side));
            await begun.Task;

            // Of this stream alone: the connection stays.
            await client.SendAsync(new Http2Frame(Http2Frame.Reset, Flags: 0, Stream: 1, [0, 0, 0, 8]));
            await isBrokenOff.Task;
            await proxy.IdleAsync();
        }
        else
        {
            using var client = await RawConnection.OpenAsync(proxy.Address, TlsOf(side));
            await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
            await begun.Task;
            client.Abort();
            await isBrokenOff.Task;
            await proxy.IdleAsync();
        }

        Assert.Equal(0, proxy.Pipeline.Describe().Backends[0].Failed);
    }

    [Theory]
    [InlineData(false, ClientSide.Cleartext)]
    [InlineData(true, ClientSide.Cleartext)]
    [InlineData(false, ClientSide.Tls)]
    [InlineData(true, ClientSide.Tls)]
    [InlineData(true, ClientSide.TlsDirect)]
    public async Task A_backend_that_breaks_off_resets_a_stream_of_http_2(bool isBackendHttp2, ClientSide side)
    {
        var mayBreak = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                if (context.Request.Path != "/")
                {
                    await context.Response.WriteAsync("well");
                    return;
                }

                await context.Response.WriteAsync("partial");
                await context.Response.Body.FlushAsync();
                await mayBreak.Task;
                context.Abort();
            },
            isBackendHttp2,
            CertificateOf(side));
        await using var proxy = await StartAsync(origin, isBackendHttp2, side);
        using var client = await RawHttp2.OpenAsync(proxy.Http2Address, TlsOf(side));
        await client.SendHeadersAsync(1, isEnd: true, Get(side));
        Assert.Equal(200, (await client.ReadOfAsync(1))!.ReadStatus());
        Assert.Equal("partial"u8.ToArray(), (await client.ReadOfAsync(1))!.Payload);
        mayBreak.SetResult();
        Assert.Equal(Http2Frame.Reset, (await client.ReadOfAsync(1))!.Type);

        // Of this stream alone: the connection stays.
        await client.SendHeadersAsync(3, isEnd: true, Get(side, "/other"));
        Assert.Equal(200, (await client.ReadOfAsync(3))!.ReadStatus());
        await proxy.IdleAsync();
    }

    // The server takes the end of what a client of HTTP/1.1 says for the client's own.
    [Fact]
    public async Task A_client_that_says_no_more_is_taken_to_have_gone()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isBrokenOff = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            using (context.RequestAborted.Register(isBrokenOff.SetResult))
            {
                begun.SetResult();
                await isBrokenOff.Task;
            }
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
        await begun.Task;
        client.Close();
        await isBrokenOff.Task;
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_backend_that_says_no_more_but_still_listens_has_answered()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
            connection.Close();
            await connection.ReadToEndAsync();
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        Assert.Equal("hello", await proxy.Client.GetStringAsync("/"));
        await proxy.IdleAsync();
    }

    private static (string Name, string Value)[] Get(ClientSide side, string path = "/") =>
        [(":method", "GET"), (":scheme", side == ClientSide.Cleartext ? "http" : "https"), (":path", path), (":authority", "shop")];

    private X509Certificate2? CertificateOf(ClientSide side) => side == ClientSide.Cleartext ? null : _certificate;

    private SslClientAuthenticationOptions? TlsOf(ClientSide side) => side == ClientSide.Cleartext ? null : _certificates.Trusting();

    private Task<Proxy> StartAsync(Origin origin, bool isBackendHttp2, ClientSide side)
    {
        return side == ClientSide.Cleartext
            ? Proxy.ToAsync("", Configure, origin.Address)
            : Proxy.WithTlsAsync(_certificate, isDirect: side == ClientSide.TlsDirect, Configure, origin.Address);

        void Configure(HttpPipelineOptions http)
        {
            http.BackendHttp = isBackendHttp2 ? BackendHttp.Http2 : BackendHttp.Auto;
            http.BackendTls.RootsFile = _certificates.RootsFile;
        }
    }
}
