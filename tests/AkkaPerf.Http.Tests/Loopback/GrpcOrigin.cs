using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A real gRPC server, over HTTP/2, whose messages are texts.</summary>
internal sealed class GrpcOrigin : IAsyncDisposable
{
    public static readonly Method<string, string> Unary = MethodOf(MethodType.Unary, "Unary");
    public static readonly Method<string, string> Upload = MethodOf(MethodType.ClientStreaming, "Upload");
    public static readonly Method<string, string> Download = MethodOf(MethodType.ServerStreaming, "Download");
    public static readonly Method<string, string> Talk = MethodOf(MethodType.DuplexStreaming, "Talk");

    private readonly WebApplication _app;

    private GrpcOrigin(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>Starts one, in cleartext unless there is a certificate.</summary>
    public static async Task<GrpcOrigin> StartAsync(GrpcService service, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port: 0, listener =>
            {
                listener.Protocols = HttpProtocols.Http2;
                if (certificate is not null)
                {
                    listener.UseHttps(certificate);
                }
            });
        });
        builder.Services.AddRouting();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        builder.Services.AddSingleton(service);
        builder.Services.AddSingleton<IServiceMethodProvider<GrpcService>, Methods>();
        var app = builder.Build();
        app.MapGrpcService<GrpcService>();
        await app.StartAsync();
        return new GrpcOrigin(app);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static Method<string, string> MethodOf(MethodType type, string name)
    {
        var text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);
        return new Method<string, string>(type, "test.Shop", name, text, text);
    }

    private sealed class Methods : IServiceMethodProvider<GrpcService>
    {
        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<GrpcService> context)
        {
            context.AddUnaryMethod(Unary, [], static (service, request, call) => service.Unary(request, call));
            context.AddClientStreamingMethod(Upload, [], static (service, requests, call) => service.Upload(requests, call));
            context.AddServerStreamingMethod(Download, [], static (service, request, answers, call) => service.Download(request, answers, call));
            context.AddDuplexStreamingMethod(Talk, [], static (service, requests, answers, call) => service.Talk(requests, answers, call));
        }
    }
}
