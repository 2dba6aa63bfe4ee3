using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Proxying;

public sealed class LimitTests
{
    [Fact]
    public async Task Headers_too_large_are_a_431_and_reach_nobody()
    {
        await using var origin = new RecordingOrigin();
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var large = new string('x', 33 * 1024);
        Assert.StartsWith(
            "HTTP/1.1 431 ", await RawConnection.AskAsync(proxy.Address, $"GET / HTTP/1.1\r\nHost: shop\r\nX-A: {large}\r\n\r\n"), StringComparison.Ordinal);
        var many = string.Concat(Enumerable.Repeat("X-A: 1\r\n", 101));
        Assert.StartsWith("HTTP/1.1 431 ", await RawConnection.AskAsync(proxy.Address, $"GET / HTTP/1.1\r\nHost: shop\r\n{many}\r\n"), StringComparison.Ordinal);
        Assert.Equal("", origin.Received);
    }

    [Theory]
    [InlineData("Content-Length: 6\r\n\r\nhello!")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n6\r\nhello!\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n")]
    public async Task A_body_too_large_is_a_413_and_never_ends_at_the_backend(string rest)
    {
        await using var origin = RawOrigin.Start(static connection => connection.ReadToEndAsync());
        await using var proxy = await Proxy.WithServerAsync(kestrel => kestrel.Limits.MaxRequestBodySize = 5, "", configure: null, origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"POST / HTTP/1.1\r\nHost: shop\r\n{rest}");
        Assert.StartsWith("HTTP/1.1 413 ", response, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"body-too-large\"", response, StringComparison.Ordinal);
        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Backends[0].Failed);
    }

    [Fact]
    public async Task A_body_at_the_limit_passes()
    {
        await using var origin = await Origin.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await using var proxy = await Proxy.WithServerAsync(kestrel => kestrel.Limits.MaxRequestBodySize = 5, "", configure: null, origin.Address);
        using var response = await proxy.Client.PostAsync("/", new StringContent("hello"));
        Assert.Equal("hello", await response.Content.ReadAsStringAsync());
    }
}
