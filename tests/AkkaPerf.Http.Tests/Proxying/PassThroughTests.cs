using System.Net;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Tests.Proxying;

public sealed class PassThroughTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [InlineData("PROPFIND")]
    [InlineData("M-SEARCH")]
    public async Task Any_method_arrives_as_it_was_sent(string method)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"{method} /x HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", response, StringComparison.Ordinal);
        Assert.StartsWith($"{method} /x HTTP/1.1\r\n", Assert.Single(origin.Heads), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/a%2Fb//c/../d;x?q=%20+%C3%A9")]
    [InlineData("/./a/%2e%2e/b")]
    [InlineData("/%7Euser/a|b^c{d}\"<>`")]
    [InlineData("/p?")]
    [InlineData("/p?a=1&a=2&&=&%zz=%")]
    [InlineData("/p?u=http://other/?x#fragment")]
    [InlineData("//evil.example/path")]
    [InlineData("/a\\b")]
    [InlineData("/UPPER/lower%c3%A9")]
    public async Task A_target_arrives_byte_for_byte(string target)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", response, StringComparison.Ordinal);
        Assert.StartsWith($"GET {target} HTTP/1.1\r\n", Assert.Single(origin.Heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_absolute_target_arrives_as_its_path()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        await RawConnection.AskAsync(proxy.Address, "GET http://shop/a%20b?q HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("GET /a%20b?q HTTP/1.1\r\n", Assert.Single(origin.Heads), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OPTIONS * HTTP/1.1", 400)]
    [InlineData("CONNECT shop:443 HTTP/1.1", 501)]
    [InlineData("GET /\u00e9 HTTP/1.1", 400)]
    public async Task What_cannot_be_forwarded_is_refused_and_reaches_nobody(string line, int status)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var host = line.StartsWith("CONNECT", StringComparison.Ordinal) ? "shop:443" : "shop";
        var response = await RawConnection.AskAsync(proxy.Address, $"{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", response, StringComparison.Ordinal);
        Assert.Empty(origin.Heads);
    }

    [Theory]
    [InlineData("Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n", "GET")]
    [InlineData("Connection: close\r\nUpgrade: websocket\r\n", "GET")]
    [InlineData("Connection: close, Upgrade\r\nUpgrade: websocket\r\n", "POST")]
    public async Task Another_upgrade_than_a_websockets_is_ignored(string headers, string method)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"{method} / HTTP/1.1\r\nHost: shop\r\n{headers}\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", response, StringComparison.Ordinal);
        Assert.DoesNotContain("pgrade", Assert.Single(origin.Heads), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("201 Created")]
    [InlineData("204 No Content")]
    [InlineData("206 Partial Content")]
    [InlineData("302 Found")]
    [InlineData("304 Not Modified")]
    [InlineData("404 Not Found")]
    [InlineData("418 I'm a teapot")]
    [InlineData("500 Internal Server Error")]
    [InlineData("503 Service Unavailable")]
    [InlineData("799 Whatever")]
    public async Task A_status_comes_back_as_it_is(string status)
    {
        var length = status.StartsWith("204", StringComparison.Ordinal) ? "" : "Content-Length: 0\r\n";
        await using var origin = RawOrigin.Answering($"HTTP/1.1 {status}\r\n{length}Location: /elsewhere\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", response, StringComparison.Ordinal);
        Assert.Contains("Location: /elsewhere\r\n", response, StringComparison.Ordinal);
        Assert.Single(origin.Heads);
    }

    [Fact]
    public async Task Headers_pass_both_ways_with_all_their_values_and_bytes()
    {
        await using var origin = RawOrigin.Answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT\r\nSet-Cookie: b=2\r\nX-Two: 1\r\nX-Two: 2\r\n"
            + "X-Name: caf\u00e9 \u00ff\r\nServer: mine\r\nContent-Type: text/x; q=\"a,b\"\r\nETag: W/\"1\"\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(
            proxy.Address,
            "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nCookie: a=1; b=2\r\nX-Name: caf\u00e9 \u00ff\r\nX-Multi: 1\r\nX-Multi: 2\r\n"
            + "User-Agent: odd (one) (two)\r\nIf-None-Match: nonsense\r\nAccept: */*;q=bad\r\nContent-Language: de\r\n\r\n");
        var head = Assert.Single(origin.Heads);
        Assert.Contains("X-Name: caf\u00e9 \u00ff\r\n", head, StringComparison.Ordinal);
        Assert.Contains("X-Multi: 1, 2\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Cookie: a=1; b=2\r\n", head, StringComparison.Ordinal);
        Assert.Contains("User-Agent: odd (one) (two)\r\n", head, StringComparison.Ordinal);
        Assert.Contains("If-None-Match: nonsense\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Accept: */*;q=bad\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Content-Language: de\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Set-Cookie: a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT\r\nSet-Cookie: b=2\r\n", response, StringComparison.Ordinal);
        Assert.Contains("X-Two: 1\r\nX-Two: 2\r\n", response, StringComparison.Ordinal);
        Assert.Contains("X-Name: caf\u00e9 \u00ff\r\n", response, StringComparison.Ordinal);
        Assert.Contains("Server: mine\r\n", response, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/x; q=\"a,b\"\r\n", response, StringComparison.Ordinal);
        Assert.Contains("ETag: W/\"1\"\r\n", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n", "hello", "Content-Length: 5\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n", "2\r\nhe\r\n3;ext=1\r\nllo\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n")]
    [InlineData("Content-Length: 0\r\n", "", "Content-Length: 0\r\n")]
    public async Task A_requests_body_arrives_whole_and_framed_anew(string framing, string body, string expected)
    {
        string? seen = null;
        await using var origin = await Origin.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var length = context.Request.Headers.ContentLength is { } known ? $"Content-Length: {known}\r\n" : "Transfer-Encoding: chunked\r\n";
            seen = length + await reader.ReadToEndAsync();
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"POST / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{framing}\r\n{body}");
        Assert.StartsWith("HTTP/1.1 200 ", response, StringComparison.Ordinal);
        Assert.Equal(expected + (body.Length > 0 ? "hello" : ""), seen);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")]
    [InlineData("Connection: close\r\n\r\nhello")]
    public async Task A_responses_body_comes_back_whole_however_it_is_framed(string rest)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\n" + rest);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        Assert.Equal("hello", await proxy.Client.GetStringAsync("/"));
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_head_request_gets_the_length_and_no_body()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, "HEAD / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.Contains("Content-Length: 12345\r\n", response, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", response, StringComparison.Ordinal);
        await proxy.IdleAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData((16 * 1024) + 1)]
    [InlineData(1_000_000)]
    public async Task Bodies_of_any_size_are_echoed(int size)
    {
        await using var origin = await Origin.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var body = new byte[size];
        new Random(size).NextBytes(body);
        using var response = await proxy.Client.PostAsync("/", new ByteArrayContent(body));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Requests_of_one_client_connection_follow_one_another()
    {
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsync(
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET /1 HTTP/1.1\r\nHost: shop\r\n\r\nGET /2 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        var all = await client.ReadToEndAsync();
        Assert.Matches("(?s)/1.*/2", all);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_host_is_the_backends_own_unless_preserved(bool preserve)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync("", http => http.PreserveHost = preserve, origin.Address);
        await RawConnection.AskAsync(proxy.Address, "GET / HTTP/1.1\r\nHost: Shop.example\r\nConnection: close\r\n\r\n");
        Assert.Contains($"\r\nHost: {(preserve ? "Shop.example" : origin.Address.Authority)}\r\n", Assert.Single(origin.Heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_waits_for_leave_is_sent_when_the_backend_gives_it()
    {
        await using var origin = await Origin.StartAsync(context =>
        {
            context.Response.ContentLength = context.Request.ContentLength;
            return context.Request.Body.CopyToAsync(context.Response.Body);
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.SendAsync("ok");
        Assert.EndsWith("\r\n\r\nok", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }
}
