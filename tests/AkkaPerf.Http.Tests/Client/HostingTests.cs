using System.Net;
using System.Net.Http.Json;
using Akka.Hosting;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkkaPerf.Http.Tests.Client;

public sealed class HostingTests
{
    [Fact]
    public async Task Handlers_of_the_users_work_above_it_and_change_what_they_like()
    {
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["X-Mark"].ToString()));
        await using var shop = await Shop.OpenAsync("", configure: null, client => client.AddHttpMessageHandler(() => new Marking()), origin.Address);
        using var response = await shop.Client.GetAsync("/");
        Assert.Equal("set", await response.Content.ReadAsStringAsync());
        Assert.Equal("seen", response.Headers.GetValues("X-Mark").Single());
    }

    [Fact]
    public async Task A_typed_client_has_it_and_handlers_are_not_rotated()
    {
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsJsonAsync(new[] { 1, 2 }));
        await using var shop = await Shop.OpenAsync(
            "", configure: null, client => client.Services.AddHttpClient<Catalogue>(http => http.BaseAddress = new Uri("http://x/")).AddPipelineHandler("shop"), origin.Address);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(3, (await shop.Services.GetRequiredService<Catalogue>().AskAsync())!.Sum());
        }

        var handlers = shop.Services.GetRequiredService<IHttpMessageHandlerFactory>();
        Assert.Same(handlers.CreateHandler("shop"), handlers.CreateHandler("shop"));
        await Until.TrueAsync(() => shop.Pipeline.Describe().Backends[0].Succeeded == 2, "both calls went to the backend");
    }

    [Fact]
    public async Task A_handler_can_be_made_by_hand()
    {
        await using var origin = await Origin.StartAsync(context => context.Response.WriteAsync("ok"));
        await using var shop = await Shop.OpenAsync(origin.Address);
        var pipeline = shop.Services.GetRequiredKeyedService<IRequestPipeline<ProxyRequest, ProxyResponse>>("shop");
        using (var first = new HttpClient(new PipelineMessageHandler(pipeline)))
        {
            Assert.Equal("ok", await first.GetStringAsync("https://anything/"));
        }

        // The pipeline outlives its handlers.
        using var second = new HttpClient(new PipelineMessageHandler(pipeline));
        Assert.Equal("ok", await second.GetStringAsync("http://anything/"));
        await shop.IdleAsync();
    }

    [Fact]
    public async Task A_reload_leads_its_calls_and_its_cache_to_the_successor()
    {
        await using var origin = await Origin.StartAsync(context =>
        {
            context.Response.Headers.CacheControl = "max-age=60";
            return context.Response.WriteAsync("ok");
        });
        await using var shop = await Shop.OpenAsync("", http => http.Time = new StillTime(), addTo: null, origin.Address);
        using var visitor = new HttpClient { BaseAddress = shop.Address };
        Assert.Equal("ok", await shop.Client.GetStringAsync(new Uri(shop.Address, "/a")));
        var old = shop.Pipeline;

        await shop.Services.GetRequiredService<PipelineReloader>().ApplyAsync(
            new ConfigurationStack(
            [
                ConfigurationSource.Reference,
                ConfigurationSource.FromText("new.hocon", $"akkaperf.pipelines.shop {{ timeout = 9s, health.enabled = off\n backends = [{{ id = b0, address = \"{origin.Address.GetLeftPart(UriPartial.Authority)}\" }}]\n}}"),
            ]),
            [HttpPipelines.Blueprint("shop", http => http.Time = new StillTime())]);
        await Until.TrueAsync(() => old.Describe().State == PipelineState.Stopped, "the old one has retired");

        Assert.Equal("ok", await shop.Client.GetStringAsync(new Uri(shop.Address, "/a")));
        Assert.Equal("ok", await shop.Client.GetStringAsync(new Uri(shop.Address, "/a")));
        Assert.Equal("ok", await visitor.GetStringAsync("/a"));
        Assert.NotSame(old, shop.Pipeline);
        Assert.Equal((2, 1), (shop.Pipeline.Describe().Cache!.Hits, shop.Pipeline.Describe().Cache!.Misses));
        Assert.Equal((0, 1), (old.Describe().Cache!.Hits, old.Describe().Cache!.Misses));
    }

    [Theory]
    [InlineData("shoe", "'shoe', which does not run")]
    [InlineData("numbers", "'numbers', which is not one of HTTP")]
    public async Task A_pipeline_that_is_not_there_or_not_of_HTTP_is_an_error_that_names_those_that_are(string name, string why)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAkkaPerf();
        builder.Services.AddAkka("test", akka => akka
            .AddHocon("akka.loglevel = OFF", HoconAddMode.Prepend)
            .WithHttpPipeline("shop")
            .WithPipeline<int, int>("numbers", pipeline => pipeline.Handle((number, _) => ValueTask.FromResult(number))));
        builder.Services.AddHttpClient("client").AddPipelineHandler(name);
        using var host = builder.Build();
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("client");
        var early = await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetAsync("http://x/"));
        Assert.Contains("it runs once the host has started", early.Message, StringComparison.Ordinal);
        await host.StartAsync();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetAsync("http://x/"));
        Assert.Contains($"'client' is to use pipeline {why}. Running HTTP pipelines are: 'shop'.", failure.Message, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public void Without_AddAkkaPerf_it_says_so()
    {
        var services = new ServiceCollection();
        services.AddHttpClient("client").AddPipelineHandler("shop");
        using var provider = services.BuildServiceProvider();
        var failure = Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<IHttpClientFactory>().CreateClient("client"));
        Assert.Contains("AddAkkaPerf", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Synchronous_sending_is_not_supported()
    {
        await using var shop = await Shop.OpenAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        Assert.Throws<NotSupportedException>(() => shop.Client.Send(request));
    }

    private sealed class Catalogue(HttpClient client)
    {
        public Task<int[]?> AskAsync() => client.GetFromJsonAsync<int[]>("/");
    }

    private sealed class Marking : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add("X-Mark", "set");
            var response = await base.SendAsync(request, cancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            response.Headers.Add("X-Mark", "seen");
            return response;
        }
    }
}
