using System.Net;
using System.Text.Json;
using AkkaPerf.Http.Admin.Live;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Admin;

public sealed class LiveTests
{
    [Fact]
    public async Task A_viewer_is_told_what_was_and_then_what_is()
    {
        await using var origin = await Origin.StartAsync(context =>
        {
            context.Response.Headers.CacheControl = "max-age=100";
            return context.Response.WriteAsync("kept");
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var viewer = await Viewer.OpenAsync(proxy);
        var history = await viewer.NextAsync("history");
        Assert.Equal("shop", history[0].GetProperty("name").GetString());
        Assert.False((await viewer.NextAsync("sample")).GetProperty("isStopping").GetBoolean());
        for (var i = 0; i < 10; i++)
        {
            await proxy.Client.GetStringAsync("/kept");
        }

        var requests = 0.0;
        var looksWithHits = 0;
        JsonElement shop;
        do
        {
            shop = (await viewer.NextAsync("sample")).GetProperty("pipelines")[0];
            var lately = shop.GetProperty("lately");
            requests += lately.GetProperty("requests").GetDouble();
            looksWithHits += lately.TryGetProperty("localHits", out var hits) && hits.GetDouble() > 0 ? 1 : 0;
        }
        while (requests == 0 || !shop.GetProperty("hotKeys").EnumerateArray().Any(key => key.GetProperty("hits").GetInt64() == 9));

        Assert.Equal(10, shop.GetProperty("figures").GetProperty("answered").GetInt64());
        Assert.True(looksWithHits > 0);
        Assert.Equal(1, shop.GetProperty("backendCount").GetInt32());
        Assert.Equal("b0", shop.GetProperty("backends")[0].GetProperty("id").GetString());
        Assert.Contains("/kept", shop.GetProperty("hotKeys")[0].GetProperty("key").GetString(), StringComparison.Ordinal);
        using var later = JsonDocument.Parse(await proxy.Client.GetStringAsync("/-/pipelines/shop/history"));
        Assert.Contains(later.RootElement.GetProperty("points").EnumerateArray(), point => point.GetProperty("requests").GetDouble() > 0);
    }

    [Fact]
    public async Task Viewers_are_so_many_and_no_more_and_who_leaves_makes_room()
    {
        await using var proxy = await Proxy.ToAsync(new Uri("http://127.0.0.1:1"));
        var viewers = new List<Viewer>();
        for (var i = 0; i < LiveViewers.Most; i++)
        {
            viewers.Add(await Viewer.OpenAsync(proxy));
        }

        using var refused = await proxy.Client.GetAsync("/-/events");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Contains("\"reason\":\"too-many-viewers\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        viewers[0].Dispose();
        await Until.TrueAsync(
            async () =>
            {
                using var next = await proxy.Client.GetAsync("/-/events", HttpCompletionOption.ResponseHeadersRead);
                return next.IsSuccessStatusCode;
            },
            "there is room again");
        viewers.ForEach(viewer => viewer.Dispose());
    }

    [Fact]
    public async Task A_server_that_stops_does_not_wait_for_viewers()
    {
        var proxy = await Proxy.ToAsync(new Uri("http://127.0.0.1:1"));
        using var viewer = await Viewer.OpenAsync(proxy);
        await viewer.NextAsync("history");
        await viewer.NextAsync("sample");
        await proxy.StopAsync();
        Assert.True(await viewer.EndsAsync());
        await proxy.DisposeAsync();
    }

    [Fact]
    public async Task Refusals_are_explained()
    {
        await using var proxy = await Proxy.ToAsync(new Uri("http://127.0.0.1:1"));
        await proxy.Client.GetStringAsync("/-/pipelines/shop/refusals");
        proxy.Pipeline.Backends!.Drain("b0");
        for (var i = 0; i < 3; i++)
        {
            using var refused = await proxy.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        var note = default(JsonElement);
        await Until.TrueAsync(
            async () =>
            {
                using var notes = JsonDocument.Parse(await proxy.Client.GetStringAsync("/-/pipelines/shop/refusals"));
                note = notes.RootElement.EnumerateArray().Select(one => one.Clone()).FirstOrDefault();
                return note.ValueKind == JsonValueKind.Object && note.GetProperty("count").GetInt64() == 3;
            },
            "they are noted");
        Assert.Equal("noHealthyBackend", note.GetProperty("reason").GetString());
        Assert.StartsWith("b0 draining: drained by hand", note.GetProperty("why").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/-/pipelines/none/backends", HttpStatusCode.NotFound, "no-such-pipeline")]
    [InlineData("/-/pipelines/none/decisions", HttpStatusCode.NotFound, "no-such-pipeline")]
    [InlineData("/-/pipelines/none/hot-keys", HttpStatusCode.NotFound, "no-such-pipeline")]
    [InlineData("/-/pipelines/none/history", HttpStatusCode.NotFound, "no-such-pipeline")]
    [InlineData("/-/pipelines/shop/hot-keys?count=-1", HttpStatusCode.BadRequest, "bad-value")]
    [InlineData("/-/pipelines/shop/hot-keys?count=1001", HttpStatusCode.BadRequest, "bad-value")]
    [InlineData("/-/pipelines/shop/hot-keys?count=many", HttpStatusCode.BadRequest, "bad-value")]
    public async Task What_is_not_there_is_said(string path, HttpStatusCode status, string reason)
    {
        await using var proxy = await Proxy.ToAsync(new Uri("http://127.0.0.1:1"));
        using var response = await proxy.Client.GetAsync(path);
        Assert.Equal(status, response.StatusCode);
        Assert.Contains($"\"reason\":\"{reason}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backends")]
    [InlineData("decisions")]
    [InlineData("refusals")]
    [InlineData("history")]
    [InlineData("hot-keys?count=5")]
    public async Task Every_part_can_be_had_alone(string part)
    {
        await using var proxy = await Proxy.ToAsync(new Uri("http://127.0.0.1:1"));
        using var document = JsonDocument.Parse(await proxy.Client.GetStringAsync($"/-/pipelines/shop/{part}"));
        Assert.Equal(part == "history" ? JsonValueKind.Object : JsonValueKind.Array, document.RootElement.ValueKind);
    }
}
