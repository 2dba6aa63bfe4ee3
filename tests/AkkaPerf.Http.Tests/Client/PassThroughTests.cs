using System.Diagnostics;
using System.Globalization;
using System.Net;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Tests.Client;

public sealed class PassThroughTests
{
    [Fact]
    public async Task A_backend_takes_the_place_of_the_host_and_gets_what_the_caller_set_and_nothing_else()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nX-A: 1\r\nX-A: 2\r\nContent-Language: de\r\n\r\nok");
        await using var shop = await Shop.OpenAsync(origin.Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/a%2Fb/c?x=%20y");
        request.Headers.Add("X-Mark", ["one", "two"]);
        request.Headers.UserAgent.ParseAdd("shop/1.0 (test)");
        request.Headers.Accept.ParseAdd("text/html;q=0.5, text/plain");
        request.Headers.Authorization = new("Bearer", "secret");
        request.Headers.Add("X-Forwarded-For", "mine");
        request.Headers.Host = "not.this";

        using var response = await shop.Client.SendAsync(request);

        Assert.Equal((HttpStatusCode.OK, "Fine", HttpVersion.Version11), (response.StatusCode, response.ReasonPhrase, response.Version));
        Assert.Equal(["1", "2"], response.Headers.GetValues("X-A"));
        Assert.Equal(["de"], response.Content.Headers.ContentLanguage);
        Assert.Equal(2, response.Content.Headers.ContentLength);
        Assert.Same(request, response.RequestMessage);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        string[] head = [.. Assert.Single(origin.Heads).TrimEnd().Split("\r\n").Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "Accept: text/html; q=0.5, text/plain", "Authorization: Bearer secret", "GET /a%2Fb/c?x=%20y HTTP/1.1",
                $"Host: {origin.Address.Authority}", "User-Agent: shop/1.0 (test)", "X-Forwarded-For: mine", "X-Mark: one, two",
            ],
            head);
        await shop.IdleAsync();
    }

    [Fact]
    public async Task The_host_is_kept_if_the_pipeline_keeps_it()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var shop = await Shop.OpenAsync("", http => http.PreserveHost = true, addTo: null, origin.Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "told" } };
        using var first = await shop.Client.SendAsync(request);
        using var second = await shop.Client.GetAsync("http://named:81/");
        Assert.Equal([true, false], origin.Heads.Select(head => head.Contains("Host: told\r\n", StringComparison.Ordinal)));
        Assert.Equal([false, true], origin.Heads.Select(head => head.Contains("Host: named:81\r\n", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Calls_are_balanced_over_the_backends()
    {
        await using var one = await Origin.StartAsync(context => context.Response.WriteAsync("one"));
        await using var two = await Origin.StartAsync(context => context.Response.WriteAsync("two"));
        await using var shop = await Shop.OpenAsync("balancing.policy = round-robin", one.Address, two.Address);
        var answers = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            answers.Add(await shop.Client.GetStringAsync("/"));
        }

        Assert.Equal((5, 5), (answers.Count(answer => answer == "one"), answers.Count(answer => answer == "two")));
        await shop.IdleAsync();
        Assert.All(shop.Pipeline.Describe().Backends, backend => Assert.Equal(5, backend.Succeeded));
    }

    [Fact]
    public async Task An_affinity_leads_to_the_same_backend()
    {
        var origins = new List<Origin>();
        for (var i = 0; i < 3; i++)
        {
            var name = i.ToString(CultureInfo.InvariantCulture);
            origins.Add(await Origin.StartAsync(context => context.Response.WriteAsync(name)));
        }

        await using var shop = await Shop.OpenAsync("balancing.policy = consistent-hash", [.. origins.Select(origin => origin.Address)]);
        var seen = new HashSet<string>();
        for (var customer = 0; customer < 20; customer++)
        {
            var first = await AskAsync(customer);
            Assert.Equal([first, first, first], [await AskAsync(customer), await AskAsync(customer), await AskAsync(customer)]);
            seen.Add(first);
        }

        Assert.Equal(3, seen.Count);
        foreach (var origin in origins)
        {
            await origin.DisposeAsync();
        }

        async Task<string> AskAsync(int customer)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("x") };
            request.Options.Set(PipelineRequestOptions.Affinity, customer.ToString(CultureInfo.InvariantCulture));
            using var response = await shop.Client.SendAsync(request);

            // One that has more than its share in flight gets no more.
            await shop.IdleAsync();
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Theory]
    [InlineData(HttpVersionPolicy.RequestVersionExact)]
    [InlineData(HttpVersionPolicy.RequestVersionOrHigher)]
    public async Task A_version_that_is_insisted_on_is_spoken_and_trailers_come(HttpVersionPolicy policy)
    {
        await using var origin = await Origin.StartAsync(
            async context =>
            {
                context.Response.DeclareTrailer("X-Sum");
                await context.Response.WriteAsync("body");
                context.Response.AppendTrailer("X-Sum", "4");
            },
            HttpProtocols.Http2);
        await using var shop = await Shop.OpenAsync(origin.Address);
        foreach (var completion in Enum.GetValues<HttpCompletionOption>())
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = HttpVersion.Version20, VersionPolicy = policy };
            using var response = await shop.Client.SendAsync(request, completion);
            Assert.Equal(HttpVersion.Version20, response.Version);
            Assert.Equal("body", await response.Content.ReadAsStringAsync());
            Assert.Equal(["4"], response.TrailingHeaders.GetValues("X-Sum"));
        }

        await shop.IdleAsync();
    }

    [Fact]
    public async Task A_call_is_part_of_its_callers_trace_and_has_an_activity_of_its_own()
    {
        var started = new List<Activity>();
        using var root = new Activity("root");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                // Other tests run beside this one.
                if (activity.TraceId == root.TraceId)
                {
                    started.Add(activity);
                }
            },
        };
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var shop = await Shop.OpenAsync(origin.Address);
        ActivitySource.AddActivityListener(listener);
        root.Start();
        using var response = await shop.Client.GetAsync("/");
        root.Stop();
        Assert.Contains($"traceparent: 00-{root.TraceId}-", Assert.Single(origin.Heads), StringComparison.Ordinal);
        var activity = Assert.Single(started);
        Assert.Equal(origin.Address.Port, activity.GetTagItem("server.port"));
    }

    [Fact]
    public async Task What_is_no_address_of_HTTP_is_told_so()
    {
        await using var shop = await Shop.OpenAsync();
        using var invoker = new HttpMessageInvoker(shop.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("shop"));
        using var relative = new HttpRequestMessage(HttpMethod.Get, new Uri("/x", UriKind.Relative));
        using var other = new HttpRequestMessage(HttpMethod.Get, "ftp://shop/x");
        using var tunnel = new HttpRequestMessage(HttpMethod.Connect, "http://shop/");
        Assert.Contains("'/x'", (await Assert.ThrowsAsync<InvalidOperationException>(() => invoker.SendAsync(relative, default))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => invoker.SendAsync(other, default));
        await Assert.ThrowsAsync<NotSupportedException>(() => invoker.SendAsync(tunnel, default));
    }
}
