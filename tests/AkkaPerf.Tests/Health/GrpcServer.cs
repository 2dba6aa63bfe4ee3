using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Health;

/// <summary>A real gRPC server on loopback with the standard health service, HTTP/2 only.</summary>
internal sealed class GrpcServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HealthServiceImpl _health;

    private GrpcServer(WebApplication app, HealthServiceImpl health)
    {
        _app = app;
        _health = health;
    }

    public Uri Address => new(_app.Urls.Single());

    public static async Task<GrpcServer> StartAsync(bool hasHealthService = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        var health = new HealthServiceImpl();
        builder.Services.AddSingleton(health);
        var app = builder.Build();
        if (hasHealthService)
        {
            app.MapGrpcService<HealthServiceImpl>();
        }
        else
        {
            // What gRPC servers say to a method that they do not have: a status, and no message.
            app.MapPost("/{**any}", static response =>
            {
                response.Response.ContentType = "application/grpc";
                response.Response.Headers["grpc-status"] = "12";
                return Task.CompletedTask;
            });
        }

        await app.StartAsync();
        return new GrpcServer(app, health);
    }

    public void Set(string service, HealthCheckResponse.Types.ServingStatus status) => _health.SetStatus(service, status);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
