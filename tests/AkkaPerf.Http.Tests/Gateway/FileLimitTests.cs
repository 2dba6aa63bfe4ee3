using System.Net.Sockets;
using AkkaPerf.Http.Loops;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>A process that may have no more connections.</summary>
public sealed class FileLimitTests
{
    [SkippableFact]
    public async Task Who_cannot_be_accepted_waits_until_others_have_gone()
    {
        const int Files = 400;
        Skip.IfNot(EventLoops.AreSupported, "The system's loops are used.");
        await using var origin = await Origin.StartAsync(static context => context.Response.WriteAsync("well"));
        await using var gateway = GatewayProcess.StartWithin(
            Files,
            $$"""
            akkaperf {
              gateway { listen = ["http://127.0.0.1:0"], admin.listen = "http://127.0.0.1:0", routes = [{ match = "/{**path}", pipeline = shop }] }
              pipelines.shop { backends = [{ id = a, address = "{{origin.Address.GetLeftPart(UriPartial.Authority)}}" }], health.enabled = off }
            }
            """,
            "--config",
            "$FILE");
        await gateway.StartedAsync();
        using (var first = new HttpClient())
        {
            Assert.Equal("well", await first.GetStringAsync(gateway.Address));
        }

        var clients = new List<Socket>();
        try
        {
            for (var i = 0; i < Files; i++)
            {
                var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
                clients.Add(client);
                await client.ConnectAsync(gateway.Address.Host, gateway.Address.Port);
            }

            await gateway.SaysAsync("cannot be accepted");
            using var late = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
            var waiting = late.GetStringAsync(gateway.Address);
            clients.ForEach(static client => client.Dispose());
            Assert.Equal("well", await waiting);
            await Until.TrueAsync(
                async () =>
                {
                    using var another = new HttpClient();
                    Assert.Equal("well", await another.GetStringAsync(gateway.Address));
                    return gateway.Output.Contains("are accepted again", StringComparison.Ordinal);
                },
                "it says that it is over");
            Assert.Equal(1, gateway.Output.Split("cannot be accepted").Length - 1);
        }
        finally
        {
            clients.ForEach(static client => client.Dispose());
        }
    }
}
