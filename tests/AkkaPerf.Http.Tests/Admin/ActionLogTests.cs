using System.Net;
using System.Net.Http.Headers;
using System.Text;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Http.Tests.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Admin;

/// <summary>What operators have done is on record, what they could not do is not.</summary>
public sealed class ActionLogTests
{
    [Fact]
    public async Task Each_action_is_written_down_with_who_asked()
    {
        await using var proxy = await Proxy.ToAsync("", configure: null, static _ => { }, new Uri("http://127.0.0.1:1"));
        using var lines = new LogLines();
        proxy.Services.GetRequiredService<ILoggerFactory>().AddProvider(lines);
        await PostAsync(proxy, "permits", "{\"limit\":3}", HttpStatusCode.OK);
        await PostAsync(proxy, "backends/b0/weight", "{\"weight\":7}", HttpStatusCode.OK);
        await PostAsync(proxy, "backends/b0/drain", "", HttpStatusCode.OK);
        await PostAsync(proxy, "permits", "{\"limit\":0}", HttpStatusCode.BadRequest);
        await PostAsync(proxy, "backends/none/drain", "", HttpStatusCode.NotFound);
        await PostAsync(proxy, "explode", "", HttpStatusCode.NotFound);
        using (var got = await proxy.Client.GetAsync("/-/pipelines/shop/permits"))
        {
            Assert.Equal(HttpStatusCode.MethodNotAllowed, got.StatusCode);
        }

        Assert.Equal(
            [
                ("AkkaPerf.Http.Admin.Actions.ActionEndpoints", 700, LogLevel.Information, "Pipeline shop: permits limit = 3, asked for from 127.0.0.1"),
                ("AkkaPerf.Http.Admin.Actions.ActionEndpoints", 701, LogLevel.Information, "Backend b0 of pipeline shop: weight weight = 7, asked for from 127.0.0.1"),
                ("AkkaPerf.Http.Admin.Actions.ActionEndpoints", 701, LogLevel.Information, "Backend b0 of pipeline shop: drain, asked for from 127.0.0.1"),
            ],
            lines.All.Where(static line => line.Id is 700 or 701));
    }

    private static async Task PostAsync(Proxy proxy, string path, string body, HttpStatusCode status)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await proxy.Client.PostAsync($"/-/pipelines/shop/{path}", content);
        Assert.Equal(status, response.StatusCode);
    }
}
