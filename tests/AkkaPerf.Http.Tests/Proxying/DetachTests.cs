using AkkaPerf.Connections;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Transport.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Tests.Proxying;

/// <summary>What becomes of a request once its sender has done with it, and the server uses its context for the next one.</summary>
public sealed class DetachTests
{
    private readonly DefaultHttpContext _context = new();
    private readonly ProxyRequest _request;

    public DetachTests()
    {
        var request = _context.Features.GetRequiredFeature<IHttpRequestFeature>();
        (request.Method, request.Protocol, request.Scheme, request.Path, request.RawTarget) = ("GET", HttpProtocol.Http11, "http", "/", "/");
        _context.Request.Headers.Host = "shop";
        Assert.True(ProxyRequest.TryCreate(_context, out var created));
        _request = created;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_that_starts_late_sends_nothing_of_the_next_request(bool isAnswered)
    {
        using var pool = new WirePool(new Uri("http://backend"), name: "", new ConnectionOptions(), TimeProvider.System);
        await _request.DetachAsync(isAnswered);
        _context.Request.Headers.Cookie = "next=1";
        Assert.False(_request.TryWrite(pool, preservesHost: true, out _));
        Assert.Throws<OperationCanceledException>(() => _request.TakeMessage(preservesHost: true));
    }

    [Fact]
    public async Task A_handler_that_others_wait_for_sends_what_was_asked()
    {
        using var pool = new WirePool(new Uri("http://backend"), name: "", new ConnectionOptions(), TimeProvider.System);
        _context.Request.Headers.Cookie = "this=1";
        _request.Outlive();
        await _request.DetachAsync(isAnswered: false);
        _context.Request.Headers.Cookie = "next=1";
        Assert.False(_request.TryWrite(pool, preservesHost: true, out _));
        using var message = _request.TakeMessage(preservesHost: true);
        Assert.Equal("this=1", Assert.Single(message.Headers.GetValues("Cookie")));
    }
}
