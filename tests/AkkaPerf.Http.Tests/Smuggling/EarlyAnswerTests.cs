using System.Collections.Concurrent;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Http.Tests.Transport.Wire;

namespace AkkaPerf.Http.Tests.Smuggling;

/// <summary>A backend that answers before it has the whole request: what it reads next on that connection could be the rest of a body.</summary>
public sealed class EarlyAnswerTests
{
    [Theory]
    [InlineData("Content-Length: 60\r\n", "12345")]
    [InlineData("Transfer-Encoding: chunked\r\n", "5\r\n12345\r\n")]
    public async Task Its_connection_carries_no_other_request_while_a_body_is_outstanding(string framing, string begun)
    {
        var heads = new ConcurrentQueue<(int Connection, string Head)>();
        await using var server = new WireServer(async (connection, number) =>
        {
            while (true)
            {
                heads.Enqueue((number, await connection.ReadHeadAsync()));
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: max-age=60\r\n\r\nok");
            }
        });
        await using var proxy = await Proxy.ToAsync("", http => http.Time = new StillTime(), server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync($"POST /a HTTP/1.1\r\nHost: shop\r\n{framing}\r\n{begun}");
        await Until.TrueAsync(() => heads.Count == 1, "it is answered");
        Assert.EndsWith("ok", await AskAsync("/b"), StringComparison.Ordinal);

        // It never comes.
        client.Abort();
        await proxy.IdleAsync();
        Assert.EndsWith("ok", await AskAsync("/c"), StringComparison.Ordinal);
        Assert.All(heads, static one => Assert.Matches("^(POST /a|GET /[bc]) HTTP/1.1\r\n", one.Head));
        var first = heads.Single(static one => one.Head.StartsWith("POST", StringComparison.Ordinal)).Connection;
        Assert.All(heads.Where(static one => one.Head.StartsWith("GET", StringComparison.Ordinal)), one => Assert.NotEqual(first, one.Connection));

        Task<string> AskAsync(string target) => RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\nCache-Control: max-age=60\r\n\r\n2\r\nok\r\n0\r\n\r\n", 502)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\nCache-Control: max-age=60\r\n\r\nok!", 502)]
    [InlineData("HTTP/1.1 200 OK\r\nX(: 1\r\nContent-Length: 2\r\nCache-Control: max-age=60\r\n\r\nok", 502)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: no-store\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\nCache-Control: max-age=60\r\n\r\nevil", 200)]
    public async Task After_what_may_be_read_in_two_ways_its_connection_is_used_no_more_and_nothing_is_stored(string response, int status)
    {
        await using var server = WireServer.Answering(response);
        await using var proxy = await Proxy.ToAsync("retry.attempts = 0", http => http.Time = new StillTime(), server.Address);
        for (var i = 1; i <= 3; i++)
        {
            var answer = await RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("evil", answer, StringComparison.Ordinal);
            Assert.Equal(i, server.Connections);
            await proxy.IdleAsync();
        }

        Assert.Equal(0, proxy.Pipeline.Describe().Cache!.Entries);
    }
}
