using System.Globalization;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Transport.Wire;

/// <summary>What the connections of a pipeline's backend follow.</summary>
public sealed class WireBackendTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("removed")]
    [InlineData("stopped")]
    public async Task An_idle_connection_is_closed_with_its_backend(string what)
    {
        await using var server = WireServer.AnsweringOnce(Ok, out var closed);
        await using var proxy = await Proxy.ToAsync(server.Address);
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
        await proxy.IdleAsync();
        Assert.False(closed.IsCompleted);
        if (what == "removed")
        {
            Assert.True(proxy.Pipeline.Backends!.Remove("b0"));
        }
        else
        {
            await proxy.StopAsync();
        }

        await closed;
    }

    [Fact]
    public async Task There_are_never_more_connections_than_calls_are_allowed_at_once()
    {
        const int Most = 3;
        var (open, most) = (0, 0);
        var gate = new Lock();
        await using var server = new WireServer(async (connection, _) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++open);
            }

            try
            {
                while (true)
                {
                    await connection.ReadHeadAsync();
                    await connection.SendAsync(Ok);
                }
            }
            finally
            {
                lock (gate)
                {
                    open--;
                }
            }
        });
        await using var proxy = await Proxy.ToAsync(string.Create(CultureInfo.InvariantCulture, $"connections.max-per-backend = {Most}"), configure: null, server.Address);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async worker =>
        {
            for (var i = 0; i < 50; i++)
            {
                Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
            }
        }));
        Assert.InRange(most, 1, Most);
        Assert.Equal(most, server.Connections);
    }
}
