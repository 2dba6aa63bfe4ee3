using System.Collections.Concurrent;
using System.Net;
using Akka.Hosting;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Http.Transport;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Transport.Wire;

/// <summary>A server that forwards over a wire or as a message, as it is told, to a backend that always answers the same.</summary>
internal sealed class TwoWays : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _heads = [];
    private readonly WireServer _backend;
    private readonly WebApplication _app;
    private volatile bool _isWire;

    private TwoWays(string response, bool isClosed)
    {
        _backend = new WireServer(async (connection, _) =>
        {
            while (true)
            {
                _heads.Enqueue(await connection.ReadHeadAsync());
                await connection.SendAsync(response);
                if (isClosed)
                {
                    connection.Close();
                    return;
                }
            }
        });
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.PassHeaderBytes();
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port: 0);
        });
        builder.Services.AddAkkaPerf();
        builder.Services.AddAkka("test", akka => akka
            .AddHocon(
                $"akka.loglevel = OFF\nakkaperf.pipeline {{ health.enabled = off\n backends = [{{ id = b, address = \"{_backend.Address.GetLeftPart(UriPartial.Authority)}\" }}]\n}}",
                HoconAddMode.Prepend)
            .WithPipeline<HttpContext, bool>("ways", pipeline => pipeline.ConnectWith(new HttpConnectionFactory()).Handle(ForwardAsync)));
        _app = builder.Build();
        _app.Run(async context => await _app.Services.GetRequiredService<IRequestPipeline<HttpContext, bool>>().SendAsync(context));
    }

    public static async Task<TwoWays> ToAsync(string response, bool isClosed = false)
    {
        var ways = new TwoWays(response, isClosed);
        await ways._app.StartAsync();
        return ways;
    }

    /// <summary>Sends a request, a head without its empty line, both ways; what the backend got, and the client: null for what was broken off.</summary>
    public async Task<((string Backend, string? Client) ByWire, (string Backend, string? Client) ByMessage)> AskAsync(string request) =>
        (await AskAsync(request, isWire: true), await AskAsync(request, isWire: false));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _backend.DisposeAsync();
    }

    private async Task<(string Backend, string? Client)> AskAsync(string request, bool isWire)
    {
        _isWire = isWire;
        string? client = null;
        try
        {
            client = await RawConnection.AskAsync(new Uri(_app.Urls.First()), $"{request}Connection: close\r\n\r\n");
        }
        catch (IOException)
        {
            // Broken off.
        }

        Assert.True(_heads.TryDequeue(out var head), client);
        Assert.Empty(_heads);
        return (head, client);
    }

    private async ValueTask<bool> ForwardAsync(HttpContext context, HttpBackendConnection connection, CancellationToken cancellationToken)
    {
        Assert.True(ProxyRequest.TryCreate(context, out var request));
        BackendResponse head;
        if (_isWire)
        {
            Assert.True(request.TryWrite(connection.Wire!, preservesHost: true, out var written));
            head = await connection.Wire!.SendAsync(written, cancellationToken);
        }
        else
        {
            head = new MessageResponse(await connection.SendAsync(request.TakeMessage(preservesHost: true), request.Target, cancellationToken));
        }

        using var response = new StreamedResponse(head, new ActivityOptions(TimeSpan.FromSeconds(100), TimeProvider.System));
        await response.WriteToAsync(context);
        await request.DetachAsync(isAnswered: true);
        return true;
    }
}
