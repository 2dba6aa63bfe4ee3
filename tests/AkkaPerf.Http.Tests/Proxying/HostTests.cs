using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using AkkaPerf.Backends;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Proxying;

/// <summary>By which name a backend is asked, whatever its address.</summary>
public sealed class HostTests
{
    [Fact]
    public async Task A_resolved_backend_is_connected_by_its_address_and_asked_by_its_name()
    {
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsync(context.Request.Host.Value!));
        await using var proxy = await Proxy.ToAsync(
            $"backends = [{{ id = shop, address = \"http://localhost:{origin.Address.Port}\", resolve = 30s }}]", configure: null);
        await Until.TrueAsync(() => proxy.Pipeline.Describe().IsReady, "the host is resolved");
        Assert.Contains("shop-127.0.0.1", proxy.Pipeline.Describe().Backends.Select(backend => backend.Id));
        Assert.Equal($"localhost:{origin.Address.Port}", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task The_clients_host_goes_before_if_it_is_to_be_preserved()
    {
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsync(context.Request.Host.Value!));
        await using var proxy = await Proxy.ToAsync(
            $"backends = [{{ id = shop, address = \"{origin.Address}\", host = shop.test }}]", options => options.PreserveHost = true);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = "client.test";
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal("client.test", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Each_try_asks_its_backend_by_that_ones_name()
    {
        await using var first = RawOrigin.Start(connection =>
        {
            connection.Abort();
            return Task.CompletedTask;
        });
        await using var second = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(
            $$"""
            retry.attempts = 1
            backends = [{ id = a, address = "{{first.Address}}", host = a.test }, { id = b, address = "{{second.Address}}", host = b.test, priority = 1 }]
            """,
            configure: null);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\r\nHost: a.test\r\n", Assert.Single(first.Heads), StringComparison.Ordinal);
        Assert.Contains("\r\nHost: b.test\r\n", Assert.Single(second.Heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_asks_for_the_name_too()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var name = AcceptNameAsync(listener);
        await using var proxy = await Proxy.ToAsync(
            $"backends = [{{ id = shop, address = \"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}\", host = \"shop.test:8443\" }}]", configure: null);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal("shop.test", await name.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_backend_removed_while_it_answers_answers_to_the_end()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            await context.Response.WriteAsync("half ");
            await context.Response.Body.FlushAsync();
            asked.SetResult();
            await answer.Task;
            await context.Response.WriteAsync("and half");
        });
        await using var other = await Origin.StartAsync(context => context.Response.WriteAsync("other"));
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var running = proxy.Client.GetStringAsync("/");
        await asked.Task;
        proxy.Pipeline.Backends!.Apply([new BackendOptions { Id = "other", Address = other.Address }]);
        Assert.Equal("other", await proxy.Client.GetStringAsync("/"));
        answer.SetResult();
        Assert.Equal("half and half", await running);
        await proxy.IdleAsync();
    }

    // The handshake is broken off once the name is known: no certificate would be trusted.
    private static async Task<string> AcceptNameAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(client.GetStream());
        var name = "";
        try
        {
            await tls.AuthenticateAsServerAsync(
                (_, hello, _, _) =>
                {
                    name = hello.ServerName;
                    throw new OperationCanceledException();
                },
                state: null,
                CancellationToken.None);
        }
        catch (Exception)
        {
            // As it should be.
        }

        return name;
    }
}
