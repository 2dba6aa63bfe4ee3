using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AkkaPerf.Backends;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Admin;

public sealed class ActionTests
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:1");

    [Fact]
    public async Task A_backend_is_drained_and_resumed_disabled_and_enabled()
    {
        await using var proxy = await Proxy.ToAsync(Nowhere, Nowhere);
        Assert.Equal("draining", (await DoAsync(proxy, "backends/b0/drain")).GetProperty("state").GetString());
        Assert.Equal("drained by hand", Status(proxy, "b0").Cause);
        Assert.Equal("unknown", (await DoAsync(proxy, "backends/b0/resume")).GetProperty("state").GetString());
        Assert.Equal("disabled", (await DoAsync(proxy, "backends/b0/disable")).GetProperty("state").GetString());
        Assert.Equal("unknown", (await DoAsync(proxy, "backends/b0/enable")).GetProperty("state").GetString());
        Assert.Equal("unknown", (await DoAsync(proxy, "backends/b0/probe")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_backend_is_weighed()
    {
        await using var proxy = await Proxy.ToAsync(Nowhere, Nowhere);
        Assert.Equal(7, (await DoAsync(proxy, "backends/b1/weight", "{\"weight\":7}")).GetProperty("weight").GetInt32());
        Assert.Equal(7, Status(proxy, "b1").Weight);
        Assert.Equal(1, Status(proxy, "b0").Weight);
    }

    [Fact]
    public async Task A_backend_is_ejected_unless_too_few_others_would_be_left()
    {
        await using var proxy = await Proxy.ToAsync("health.passive.max-ejected = 0.5", configure: null, Nowhere, Nowhere);
        Assert.Equal("ejected", (await DoAsync(proxy, "backends/b0/eject")).GetProperty("state").GetString());
        await RefusedAsync(proxy, "backends/b0/eject", "{}", HttpStatusCode.Conflict, "gets-no-traffic");
        await RefusedAsync(proxy, "backends/b1/eject", "{}", HttpStatusCode.Conflict, "too-few-others");
    }

    [Fact]
    public async Task The_policy_is_changed()
    {
        await using var proxy = await Proxy.ToAsync(Nowhere);
        Assert.Equal("random", (await DoAsync(proxy, "policy", "{\"policy\":\"random\"}")).GetProperty("policy").GetString());
        Assert.Equal("random", proxy.Pipeline.Backends!.Policy);
        var problem = await RefusedAsync(proxy, "policy", "{\"policy\":\"nobody\"}", HttpStatusCode.BadRequest, "bad-value");
        Assert.Equal(proxy.Pipeline.Backends.Policies, problem.GetProperty("allowed").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("random", proxy.Pipeline.Backends.Policy);
    }

    [Fact]
    public async Task Permits_places_and_connections_are_resized()
    {
        await using var proxy = await Proxy.ToAsync(Nowhere, Nowhere);
        await Until.TrueAsync(() => proxy.Pipeline.Describe().IsReady, "the pipeline runs");
        Assert.Equal(3, (await DoAsync(proxy, "permits", "{\"limit\":3}")).GetProperty("figures").GetProperty("permits").GetProperty("limit").GetInt32());
        Assert.Equal(3, proxy.Pipeline.Describe().Permits.Limit);
        await DoAsync(proxy, "queue", "{\"limit\":5}");
        Assert.Equal(5, proxy.Pipeline.Describe().Places);
        await DoAsync(proxy, "connections", "{\"max\":9}");
        await DoAsync(proxy, "connections", "{\"max\":2,\"minIdle\":0,\"backend\":\"b1\"}");
        await Until.TrueAsync(() => proxy.Pipeline.Connections!.Current is [{ Max: 9 }, { Max: 2 }], "the pools have their sizes");
        await RefusedAsync(proxy, "connections", "{\"max\":9,\"minIdle\":1}", HttpStatusCode.BadRequest, "bad-value");
    }

    [Fact]
    public async Task Decisions_are_traced_on_demand()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await Proxy.ToAsync(origin.Address, Nowhere);
        proxy.Pipeline.Backends!.Drain("b1");
        using var untraced = await proxy.Client.GetAsync("/");
        await DoAsync(proxy, "trace", "{\"part\":1}");
        using var traced = await proxy.Client.GetAsync("/");
        using var decisions = JsonDocument.Parse(await proxy.Client.GetStringAsync("/-/pipelines/shop/decisions"));
        var decision = Assert.Single(decisions.RootElement.EnumerateArray());
        Assert.Equal("b0", decision.GetProperty("picked").GetString());
        Assert.Equal("least-response-time", decision.GetProperty("policy").GetString());
        Assert.Equal("b0", decision.GetProperty("candidates")[0].GetProperty("id").GetString());
        Assert.Equal("drained by hand", decision.GetProperty("excluded")[0].GetProperty("cause").GetString());
    }

    [Fact]
    public async Task What_is_warmed_is_kept_under_the_address_that_clients_ask_for()
    {
        var asked = 0;
        await using var origin = await Origin.StartAsync(context =>
        {
            Interlocked.Increment(ref asked);
            context.Response.Headers.CacheControl = "max-age=100";
            context.Response.StatusCode = context.Request.Path == "/gone" ? 404 : 200;
            return context.Response.WriteAsync("kept");
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        await DoAsync(proxy, "warm", $"{{\"urls\":[\"{proxy.Address}a\",\"{proxy.Address}b?x=1\"]}}");
        Assert.Equal(2, asked);
        Assert.Equal("kept", await proxy.Client.GetStringAsync("/a"));
        Assert.Equal("kept", await proxy.Client.GetStringAsync("/b?x=1"));
        Assert.Equal(2, asked);
        var problem = await RefusedAsync(proxy, "warm", $"{{\"urls\":[\"{proxy.Address}a\",\"{proxy.Address}gone\"]}}", HttpStatusCode.Conflict, "not-all-warm");
        Assert.Equal($"1 of 2 were not answered with success; one of them is {proxy.Address}gone: status 404.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Nothing_is_warmed_where_nothing_is_kept()
    {
        await using var proxy = await Proxy.ToAsync("cache.enabled = off", configure: null, Nowhere);
        await RefusedAsync(proxy, "warm", "{\"urls\":[\"http://shop/\"]}", HttpStatusCode.Conflict, "keeps-nothing");
    }

    [Theory]
    [InlineData("backends/b0/weight", "{\"weight\":1001}", HttpStatusCode.BadRequest, "bad-value", "'weight' is 1001; it must be a whole number from 0 to 1000.")]
    [InlineData("backends/b0/weight", "{\"weight\":-1}", HttpStatusCode.BadRequest, "bad-value", "'weight' is -1; it must be a whole number from 0 to 1000.")]
    [InlineData("backends/b0/weight", "{\"weight\":\"7\"}", HttpStatusCode.BadRequest, "bad-value", "'weight' is \"7\"; it must be a whole number from 0 to 1000.")]
    [InlineData("backends/b0/weight", "{\"weight\":1.5}", HttpStatusCode.BadRequest, "bad-value", "'weight' is 1.5; it must be a whole number from 0 to 1000.")]
    [InlineData("backends/b0/weight", "{}", HttpStatusCode.BadRequest, "bad-value", "'weight' is missing; it must be a whole number from 0 to 1000.")]
    [InlineData("backends/b0/weight", "", HttpStatusCode.BadRequest, "bad-value", "'weight' is missing; it must be a whole number from 0 to 1000.")]
    [InlineData("backends/b0/weight", "{\"wait\":1}", HttpStatusCode.BadRequest, "unknown-member", "'wait' is not known.")]
    [InlineData("backends/b0/drain", "{\"weight\":1}", HttpStatusCode.BadRequest, "unknown-member", "'weight' is not known: there is nothing to be said here.")]
    [InlineData("backends/b0/drain", "[]", HttpStatusCode.BadRequest, "bad-json", "The body is a JSON array; it must be an object.")]
    [InlineData("backends/b0/drain", "{", HttpStatusCode.BadRequest, "bad-json", "The body is not JSON: ")]
    [InlineData("backends/b0/weight", "{\"weight\":1,\"weight\":2}", HttpStatusCode.BadRequest, "bad-json", "The body is not JSON: ")]
    [InlineData("warm", "{\"urls\":[\"\\ud800\"]}", HttpStatusCode.BadRequest, "bad-json", "The body has a text that is not Unicode.")]
    [InlineData("policy", "{\"policy\":\"\\ud800\"}", HttpStatusCode.BadRequest, "bad-json", "The body has a text that is not Unicode.")]
    [InlineData("backends/b0/weight", "{\"\\ud800\":1}", HttpStatusCode.BadRequest, "bad-json", "The body has a text that is not Unicode.")]
    [InlineData("backends/none/drain", "{}", HttpStatusCode.NotFound, "no-such-backend", "There is no backend 'none'.")]
    [InlineData("backends/b0/explode", "{}", HttpStatusCode.NotFound, "no-such-action", "There is no action 'explode' for a backend.")]
    [InlineData("explode", "{}", HttpStatusCode.NotFound, "no-such-action", "There is no action 'explode' for a pipeline.")]
    [InlineData("permits", "{\"limit\":0}", HttpStatusCode.BadRequest, "bad-value", "'limit' is 0; it must be a whole number from 1 to 1000000.")]
    [InlineData("queue", "{\"limit\":-1}", HttpStatusCode.BadRequest, "bad-value", "'limit' is -1; it must be a whole number from 0 to 1000000.")]
    [InlineData("connections", "{\"max\":0}", HttpStatusCode.BadRequest, "bad-value", "'max' is 0; it must be a whole number from 1 to 100000.")]
    [InlineData("connections", "{\"max\":1,\"backend\":\"none\"}", HttpStatusCode.BadRequest, "bad-value", "'backend' is \"none\"; it must be one of these.")]
    [InlineData("trace", "{\"part\":1.1}", HttpStatusCode.BadRequest, "bad-value", "'part' is 1.1; it must be a number from 0 to 1.")]
    [InlineData("warm", "{\"urls\":[]}", HttpStatusCode.BadRequest, "bad-value", "'urls' is []; it must be a list of 1 to 200 texts.")]
    [InlineData("warm", "{\"urls\":[\"/a\"]}", HttpStatusCode.BadRequest, "bad-value", "'/a' is no address that clients ask for, such as http://shop.example/products/1.")]
    [InlineData("policy", "{\"policy\":null}", HttpStatusCode.BadRequest, "bad-value", "'policy' is null; it must be one of these.")]
    public async Task What_is_wrong_is_named_and_nothing_done(string path, string body, HttpStatusCode status, string reason, string detail)
    {
        await using var proxy = await Proxy.ToAsync(Nowhere, Nowhere);
        var before = proxy.Pipeline.Backends!.Current.Version;
        var problem = await RefusedAsync(proxy, path, body, status, reason);
        Assert.StartsWith(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, proxy.Pipeline.Backends.Current.Version);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using var proxy = await Proxy.ToAsync(Nowhere);
        await RefusedAsync(proxy, "permits", $"{{\"limit\":1{new string(' ', 20_000)}}}", HttpStatusCode.RequestEntityTooLarge, "body-too-large");
    }

    [Fact]
    public async Task An_unknown_pipeline_is_named_beside_those_there_are()
    {
        await using var proxy = await Proxy.ToAsync(Nowhere);
        using var response = await PostAsync(proxy, "/-/pipelines/none/permits", "{\"limit\":1}");
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.NotFound, "no-such-pipeline"), (response.StatusCode, problem.RootElement.GetProperty("reason").GetString()));
        Assert.Equal("shop", Assert.Single(problem.RootElement.GetProperty("allowed").EnumerateArray()).GetString());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Nothing_is_changed_but_by_post(string method)
    {
        await using var proxy = await Proxy.ToAsync("", configure: null, _ => { }, Nowhere);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/-/pipelines/shop/backends/b0/drain");
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.NotEqual(BackendHealth.Draining, Status(proxy, "b0").Health);
    }

    [Theory]
    [InlineData("policy")]
    [InlineData("permits")]
    [InlineData("queue")]
    [InlineData("connections")]
    [InlineData("trace")]
    [InlineData("warm")]
    [InlineData("purge")]
    [InlineData("backends/b0/drain")]
    [InlineData("backends/b0/resume")]
    [InlineData("backends/b0/enable")]
    [InlineData("backends/b0/disable")]
    [InlineData("backends/b0/eject")]
    [InlineData("backends/b0/probe")]
    [InlineData("backends/b0/weight")]
    public async Task No_action_is_there_for_a_link_or_an_image(string path)
    {
        await using var proxy = await Proxy.ToAsync("", configure: null, _ => { }, Nowhere);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
        {
            using var request = new HttpRequestMessage(method, $"/-/pipelines/shop/{path}");
            using var response = await proxy.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
            Assert.Equal(["POST"], response.Content.Headers.Allow);
        }

        // By post it is known.
        using var posted = await PostAsync(proxy, $"/-/pipelines/shop/{path}", "{\"none\":1}");
        Assert.NotEqual(HttpStatusCode.NotFound, posted.StatusCode);
    }

    private static BackendStatus Status(Proxy proxy, string id) => proxy.Pipeline.Backends!.Current.All.First(status => status.Backend.Id == id);

    private static async Task<JsonElement> DoAsync(Proxy proxy, string path, string body = "")
    {
        using var response = await PostAsync(proxy, $"/-/pipelines/shop/{path}", body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static async Task<JsonElement> RefusedAsync(Proxy proxy, string path, string body, HttpStatusCode status, string reason)
    {
        using var response = await PostAsync(proxy, $"/-/pipelines/shop/{path}", body);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal((status, reason), (response.StatusCode, document.RootElement.GetProperty("reason").GetString()));
        return document.RootElement.Clone();
    }

    private static async Task<HttpResponseMessage> PostAsync(Proxy proxy, string path, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await proxy.Client.PostAsync(path, content);
    }
}
