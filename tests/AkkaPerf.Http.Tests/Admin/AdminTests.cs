using System.Net;
using System.Text.Json;
using AkkaPerf.Backends;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Admin;

public sealed class AdminTests
{
    [Fact]
    public async Task Pipelines_are_shown_as_json()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var one = await proxy.Client.GetAsync("/");
        using var all = JsonDocument.Parse(await proxy.Client.GetStringAsync("/-/pipelines"));
        using var shop = JsonDocument.Parse(await proxy.Client.GetStringAsync("/-/pipelines/shop"));
        Assert.Equal("shop", Assert.Single(all.RootElement.EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal("running", shop.RootElement.GetProperty("state").GetString());
        Assert.Equal(1, shop.RootElement.GetProperty("answered").GetInt64());
        Assert.Equal("b0", shop.RootElement.GetProperty("backends")[0].GetProperty("id").GetString());
        Assert.Equal("unknown", shop.RootElement.GetProperty("backends")[0].GetProperty("state").GetString());
        Assert.Equal(
            ["cancelled", "deadlinePassed", "noConnection", "noHealthyBackend", "pipelineRestarting", "pipelineStopping", "queueFull", "rateLimited"],
            shop.RootElement.GetProperty("refused").EnumerateObject().Select(reason => reason.Name).Order(StringComparer.Ordinal));
        Assert.False(shop.RootElement.GetProperty("isPanicking").GetBoolean());
        Assert.Equal(1, shop.RootElement.GetProperty("transitions").GetProperty("added").GetInt64());
        Assert.Equal(0, shop.RootElement.GetProperty("transitions").GetProperty("consecutiveFailures").GetInt64());
        using var none = await proxy.Client.GetAsync("/-/pipelines/none");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Contains("\"reason\":\"no-such-pipeline\"", await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_name_in_the_json_is_spelled_unlike_the_others()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var all = JsonDocument.Parse(await proxy.Client.GetStringAsync("/-/pipelines"));
        Assert.All(NamesIn(all.RootElement), name => Assert.True(char.IsAsciiLetterLower(name[0]), name));

        static IEnumerable<string> NamesIn(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Array => element.EnumerateArray().SelectMany(NamesIn),
            JsonValueKind.Object => element.EnumerateObject().SelectMany(item => NamesIn(item.Value).Prepend(item.Name)),
            _ => [],
        };
    }

    [Fact]
    public async Task A_password_in_an_address_is_not_shown()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        proxy.Pipeline.Backends!.Add(new BackendOptions { Id = "secretive", Address = new Uri("http://me:secret@127.0.0.1:1") });
        var all = await proxy.Client.GetStringAsync("/-/pipelines");
        Assert.Contains("http://***@127.0.0.1:1", all, StringComparison.Ordinal);
        Assert.DoesNotContain("secret@", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readiness_follows_the_pipelines_and_liveness_does_not()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        await Until.TrueAsync(() => proxy.Pipeline.Describe().IsReady, "the pipeline runs");
        using var ready = await proxy.Client.GetAsync("/-/health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        proxy.Pipeline.Backends!.Drain("b0");
        using var notReady = await proxy.Client.GetAsync("/-/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, notReady.StatusCode);
        Assert.Contains("\"shop\"", await notReady.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var live = await proxy.Client.GetAsync("/-/health/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:8081", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:8081", 200)]
    [InlineData("evil.example", 421)]
    [InlineData("localhost.evil.example", 421)]
    [InlineData("10.0.0.1", 421)]
    [InlineData("", 421)]
    public async Task A_name_that_is_not_ours_is_refused(string host, int status)
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var response = await RawConnection.AskAsync(proxy.Address, $"GET /-/health/live HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", response, StringComparison.Ordinal);
    }
}
