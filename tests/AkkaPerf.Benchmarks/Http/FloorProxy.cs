using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>What Kestrel and the runtime's HTTP client cost by themselves: headers and body are handed on, and nothing else is done.</summary>
/// <remarks>No proxy that is built on the two can be cheaper. It is none to be used: it filters, limits, balances and times nothing.</remarks>
internal static class FloorProxy
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, new Uri(args[0]).Port);
            kestrel.Listen(IPAddress.Loopback, new Uri(args[1]).Port, listener => listener.Protocols = HttpProtocols.Http2);
        });
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = args[2] == "inline");
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
        };
        using var client = new HttpMessageInvoker(handler);
        await using var app = builder.Build();
        var origin = args[3];
        app.Run(context => ForwardAsync(context, client, origin));
        await app.RunAsync();
        return 0;
    }

    private static async Task ForwardAsync(HttpContext context, HttpMessageInvoker client, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(origin + context.Features.Get<IHttpRequestFeature>()!.RawTarget));
        foreach (var (name, value) in context.Request.Headers)
        {
            if (name is not ("Host" or "Connection"))
            {
                request.Headers.TryAddWithoutValidation(name, (string?)value);
            }
        }

        using var response = await client.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.NonValidated)
        {
            if (name is not ("Connection" or "Transfer-Encoding"))
            {
                context.Response.Headers[name] = values.ToString();
            }
        }

        foreach (var (name, values) in response.Content.Headers.NonValidated)
        {
            context.Response.Headers[name] = values.ToString();
        }

        var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        await body.CopyToAsync(context.Response.BodyWriter, context.RequestAborted);
    }
}
