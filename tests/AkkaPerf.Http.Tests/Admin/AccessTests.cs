using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Tests.Admin;

public sealed partial class AccessTests
{
    private const string Token = "correct-horse-battery-staple";

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("Bearer correct-horse-battery-staple", HttpStatusCode.OK)]
    [InlineData("bearer correct-horse-battery-staple", HttpStatusCode.OK)]
    [InlineData("Bearer correct-horse-battery-stapl", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer correct-horse-battery-staple2", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer ", HttpStatusCode.Unauthorized)]
    [InlineData("correct-horse-battery-staple", HttpStatusCode.Unauthorized)]
    [InlineData("Basic !", HttpStatusCode.Unauthorized)]
    [InlineData("Basic :", HttpStatusCode.Unauthorized)]
    [InlineData("Digest correct-horse-battery-staple", HttpStatusCode.Unauthorized)]
    public async Task Only_the_token_opens(string? authorization, HttpStatusCode status)
    {
        await using var proxy = await GuardedAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/guarded/pipelines");
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
        if (status == HttpStatusCode.Unauthorized)
        {
            Assert.Equal(["Bearer", "Basic"], response.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
            Assert.Equal("token-missing-or-wrong", await ReasonAsync(response));
        }
    }

    [Theory]
    [InlineData("anybody:" + Token, HttpStatusCode.OK)]
    [InlineData(":" + Token, HttpStatusCode.OK)]
    [InlineData(Token, HttpStatusCode.Unauthorized)]
    [InlineData("anybody:wrong", HttpStatusCode.Unauthorized)]
    [InlineData(Token + ":", HttpStatusCode.Unauthorized)]
    public async Task A_browser_shows_it_as_a_password(string pair, HttpStatusCode status)
    {
        await using var proxy = await GuardedAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/guarded/pipelines/shop");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Two_tokens_are_none()
    {
        await using var proxy = await GuardedAsync();
        var response = await RawConnection.AskAsync(
            proxy.Address, $"GET /guarded/pipelines HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {Token}\r\nAuthorization: Bearer {Token}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 401 ", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/guarded/health/live")]
    [InlineData("/guarded/health/ready")]
    public async Task Health_needs_no_token(string path)
    {
        await using var proxy = await GuardedAsync();
        using var response = await proxy.Client.GetAsync(path);
        Assert.NotEqual(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task What_else_is_mapped_on_the_group_is_guarded_likewise()
    {
        await using var proxy = await GuardedAsync();
        using var refused = await proxy.Client.GetAsync("/guarded/own");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/guarded/own");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        using var answered = await proxy.Client.SendAsync(request);
        Assert.Equal("own", await answered.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Nothing_is_mapped_that_answers_without_it_but_health()
    {
        await using var proxy = await GuardedAsync();
        var mapped = proxy.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(static endpoint => endpoint.RoutePattern.RawText!.StartsWith("/guarded", StringComparison.Ordinal))
            .ToArray();
        Assert.True(mapped.Length > 10, $"{mapped.Length}");
        foreach (var endpoint in mapped)
        {
            var path = Parameter().Replace(endpoint.RoutePattern.RawText!, "x");
            var method = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods[0] ?? "GET";
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Content = method == "POST" ? new StringContent("{}", Encoding.UTF8, "application/json") : null;
            using var response = await proxy.Client.SendAsync(request);
            Assert.True(path.Contains("/health/", StringComparison.Ordinal) != (response.StatusCode == HttpStatusCode.Unauthorized), $"{method} {path}: {response.StatusCode}");
        }
    }

    [Theory]
    [InlineData("gateway.shop.example:8081", 200)]
    [InlineData("GATEWAY.shop.example", 200)]
    [InlineData("shop.example", 421)]
    public async Task A_name_on_the_list_is_ours(string host, int status)
    {
        await using var proxy = await GuardedAsync();
        var response = await RawConnection.AskAsync(
            proxy.Address, $"GET /guarded/pipelines HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {Token}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site: cross-site", 403)]
    [InlineData("Sec-Fetch-Site: same-site", 403)]
    [InlineData("Sec-Fetch-Site: same-origin", 204)]
    [InlineData("Sec-Fetch-Site: none", 204)]
    [InlineData("Origin: http://evil.example", 403)]
    [InlineData("Origin: null", 403)]
    [InlineData("Origin: http://localhost.evil.example", 403)]
    [InlineData("Origin: http://localhost:1", 403)]
    [InlineData("Origin: http://localhost", 204)]
    [InlineData("Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.example", 403)]
    [InlineData("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document", 403)]
    [InlineData("X-Nothing: said", 204)]
    public async Task No_other_page_changes_anything(string headers, int status)
    {
        await using var proxy = await GuardedAsync();
        var response = await PostAsync(proxy, $"Content-Type: application/json\r\n{headers}");
        Assert.StartsWith($"HTTP/1.1 {status} ", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Type: application/json; charset=utf-8", 204)]
    [InlineData("Content-Type: Application/JSON", 204)]
    [InlineData("Content-Type: text/plain", 415)]
    [InlineData("Content-Type: application/x-www-form-urlencoded", 415)]
    [InlineData("Content-Type: text/plain; application/json", 415)]
    [InlineData("X-Nothing: said", 415)]
    public async Task What_changes_something_is_json(string contentType, int status)
    {
        await using var proxy = await GuardedAsync();
        var response = await PostAsync(proxy, contentType);
        Assert.StartsWith($"HTTP/1.1 {status} ", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image", 403)]
    [InlineData("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe", 403)]
    [InlineData("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document", 200)]
    [InlineData("Sec-Fetch-Site: same-origin", 200)]
    public async Task Other_pages_may_lead_here_but_not_take_anything_in(string headers, int status)
    {
        await using var proxy = await GuardedAsync();
        var response = await RawConnection.AskAsync(
            proxy.Address, $"GET /guarded/pipelines HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {Token}\r\n{headers}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", response, StringComparison.Ordinal);
    }

    private static Task<string> PostAsync(Proxy proxy, string headers) => RawConnection.AskAsync(
        proxy.Address, $"POST /guarded/own HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {Token}\r\n{headers}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");

    private static async Task<string?> ReasonAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal((int)response.StatusCode, problem.RootElement.GetProperty("status").GetInt32());
        return problem.RootElement.GetProperty("reason").GetString();
    }

    private static Task<Proxy> GuardedAsync() => Proxy.ToAsync(
        "",
        configure: null,
        app =>
        {
            var admin = app.MapGroup("/guarded").MapAkkaPerfAdmin(new AdminAccessOptions { Token = Token, Hosts = ["gateway.shop.example"] });
            admin.MapGet("/own", () => "own");
            admin.MapPost("/own", () => Results.NoContent());
        },
        new Uri("http://127.0.0.1:1"));

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
