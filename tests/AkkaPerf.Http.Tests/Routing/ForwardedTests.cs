using System.Net;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;
using CsCheck;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>What backends believe of who asked.</summary>
public sealed class ForwardedTests
{
    private static readonly string[] Own = ["Forwarded: for=127.0.0.1;host=\"shop\";proto=http", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: shop", "X-Forwarded-Proto: http"];

    [Theory]
    [InlineData("X_Forwarded_For: 6.6.6.6")]
    [InlineData("X-Forwarded_For: 6.6.6.6")]
    [InlineData("x_forwarded-host: evil")]
    [InlineData("X-Forwarded-Prefix: /evil")]
    [InlineData("X-Forwarded-Port: 1\r\nX-Forwarded-Ssl: on\r\nX-Forwarded-Client-Cert: evil")]
    [InlineData("Forwarded: for=\"")]
    public async Task Nothing_that_a_client_says_of_itself_reaches_a_backend(string fields)
    {
        Assert.Equal(Own, await ToldAsync("GET", fields, static _ => { }));
        Assert.Equal(Own, await ToldAsync("POST", fields, static _ => { }));
    }

    [Theory]
    [InlineData("Forwarded: for=_hidden, for=unknown", "for=_hidden, for=unknown, ")]
    [InlineData("Forwarded: for=\"[2001:db8::1]:4711\";by=_x", "for=\"[2001:db8::1]:4711\";by=_x, ")]
    [InlineData("Forwarded: for=1.2.3.4\r\nForwarded: For=\"a\\\"b, c\" , for=5.6.7.8", "for=1.2.3.4, For=\"a\\\"b, c\" , for=5.6.7.8, ")]
    [InlineData("Forwarded: ", "")]
    [InlineData("Forwarded: for=\"", "")]
    [InlineData("Forwarded: for=\"1.2.3.4\\", "")]
    [InlineData("Forwarded: for=1.2.3.4 for=x", "")]
    [InlineData("Forwarded: for=1.2.3.4;;proto=http,, ", "for=1.2.3.4;;proto=http,,, ")]
    [InlineData("Forwarded: for=[::1]:80; proto=https", "for=[::1]:80; proto=https, ")] // not quoted, but not to be misread
    [InlineData("Forwarded: for=1.2.3.4\r\nForwarded: for=\"", "")]
    [InlineData("Forwarded: for", "")]
    public async Task What_a_trusted_proxy_says_is_added_to_if_it_can_be_read(string fields, string told)
    {
        var lines = await ToldAsync("GET", fields, static route => route.Proxy.Forwarded.Trusted.Add("127.0.0.1"));
        Assert.Contains($"Forwarded: {told}for=127.0.0.1;host=\"shop\";proto=http", lines);
    }

    [Fact]
    public async Task Several_lines_of_a_trusted_proxy_are_one_list()
    {
        var lines = await ToldAsync("GET", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: \r\nX-Forwarded-For: 2.2.2.2, 3.3.3.3\r\nX-Forwarded-Port: 8443\r\nX-Forwarded-Prefix: /a", Trust);
        Assert.Contains("X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, 127.0.0.1", lines);
        Assert.Contains("X-Forwarded-Port: 8443", lines);
        Assert.Contains("X-Forwarded-Prefix: /a", lines);

        static void Trust(HttpRouteOptions route) => route.Proxy.Forwarded.Trusted.Add("127.0.0.0/8");
    }

    [Theory]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:127.0.0.0/104")]
    [InlineData("0.0.0.0/0")]
    public async Task A_network_can_be_written_either_way(string network)
    {
        var lines = await ToldAsync("GET", "X-Forwarded-For: 1.1.1.1", route => route.Proxy.Forwarded.Trusted.Add(network));
        Assert.Contains("X-Forwarded-For: 1.1.1.1, 127.0.0.1", lines);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_route_says_the_last_word(string method)
    {
        var lines = await ToldAsync(method, "X-Forwarded-Proto: ftp\r\nX-Forwarded-Prefix: /evil", static route =>
        {
            route.RequestHeaders.Remove.Add("X-Forwarded-For");
            route.RequestHeaders.Set.Add(new() { Name = "X-Forwarded-Proto", Value = "https" });
            route.RequestHeaders.Set.Add(new() { Name = "X-Forwarded-Prefix", Value = "/shop" });
            route.RequestHeaders.Append.Add(new() { Name = "X-Forwarded-Host", Value = "more" });
        });
        Assert.Equal(["Forwarded: for=127.0.0.1;host=\"shop\";proto=http", "X-Forwarded-Host: shop, more", "X-Forwarded-Prefix: /shop", "X-Forwarded-Proto: https"], lines);
    }

    [Fact]
    public async Task Switched_off_only_what_a_route_says_is_left()
    {
        var lines = await ToldAsync("GET", "X-Forwarded-Prefix: /evil", static route =>
        {
            route.Proxy.Forwarded.Enabled = false;
            route.RequestHeaders.Set.Add(new() { Name = "X-Forwarded-Prefix", Value = "/shop" });
        });
        Assert.Equal(["X-Forwarded-Prefix: /shop"], lines);
    }

    [Theory]
    [InlineData("10.0.0")]
    [InlineData("10")]
    [InlineData("010.0.0.1")]
    [InlineData("010.0.0.0/8")]
    [InlineData("10.0/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("shop.example")]
    public void A_network_that_is_none_or_might_be_another_is_a_fault(string network) =>
        Assert.Single(new ForwardedOptions { Trusted = [network] }.Validate(new(new object())));

    [Theory]
    [InlineData("fe80::1%3", "fe80::1", "\"[fe80::1]\"")]
    [InlineData("2001:DB8::1", "2001:db8::1", "\"[2001:db8::1]\"")]
    [InlineData("::ffff:1.2.3.4", "1.2.3.4", "1.2.3.4")]
    [InlineData("", null, "unknown")]
    public void An_address_is_written_as_the_RFC_has_it(string address, string? alone, string node)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = address.Length > 0 ? IPAddress.Parse(address) : null;
        context.Request.Scheme = "http";
        using var message = new HttpRequestMessage();
        ForwardedIdentity.Add(context, ForwardedRules.Default, message.Headers);
        Assert.Equal(alone, message.Headers.TryGetValues("X-Forwarded-For", out var told) ? told.Single() : null);
        Assert.Equal($"for={node};proto=http", message.Headers.GetValues("Forwarded").Single());
    }

    [Fact]
    public void Whatever_is_believed_what_follows_it_is_an_element_of_its_own() => Gen.Char["for=\"\\,; a:[]\t\u00e4"].Array[0, 12].Check(characters =>
    {
        var told = new string(characters);
        if (ForwardedList.IsSound(told))
        {
            Assert.Equal(" for=me", LastElementOf(told + ", for=me"));
        }
    }, iter: 200_000);

    // By nothing but quotes and commas.
    private static string LastElementOf(string list)
    {
        var start = 0;
        var isQuoted = false;
        for (var i = 0; i < list.Length; i++)
        {
            if (list[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (list[i] == '\\' && isQuoted)
            {
                i++;
            }
            else if (list[i] == ',' && !isQuoted)
            {
                start = i + 1;
            }
        }

        return list[start..];
    }

    private static async Task<string[]> ToldAsync(string method, string fields, Action<HttpRouteOptions> configure)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await using var proxy = await Proxy.ToAsync("", configure: null, app => app.MapPipeline("/{**path}", "shop", configure), origin.Address);
        await RawConnection.AskAsync(proxy.Address, $"{method} / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n{fields}\r\nConnection: close\r\n\r\n");
        return [.. Assert.Single(origin.Heads).Split("\r\n").Where(static line => line.Contains("orwarded", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
    }
}
