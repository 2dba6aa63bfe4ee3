using System.Text;
using AkkaPerf.Gateway;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Gateway;

public sealed class AdminOptionsTests
{
    private const string Secret = "correct-horse-battery-staple";

    [Theory]
    [InlineData("listen = \"http://127.0.0.1:8081\"", null)]
    [InlineData("listen = \"http://127.1.2.3:8081\"", null)]
    [InlineData("listen = \"http://[::1]:8081\"", null)]
    [InlineData("listen = \"http://localhost:8081\"", null)]
    [InlineData("listen = \"http://0.0.0.0:8081\"", "token")]
    [InlineData("listen = \"http://[::]:8081\"", "token")]
    [InlineData("listen = \"http://10.0.0.1:8081\"", "token")]
    [InlineData("listen = \"http://10.0.0.1:8081\", token = \"" + Secret + "\"", null)]
    [InlineData("listen = \"https://127.0.0.1:8081\"", "listen")]
    [InlineData("token = \"123456789012345\"", "token")]
    [InlineData("token = \"1234567890 123456\"", "token")]
    [InlineData("token = \"1234567890123456\"", null)]
    [InlineData("hosts = [gateway.shop.example, 10.0.0.1]", null)]
    [InlineData("hosts = [gateway.shop.example, \"shop.example:8081\"]", "hosts[1]")]
    [InlineData("hosts = [\"http://shop.example\"]", "hosts[0]")]
    [InlineData("purge-rate = 0", null)]
    [InlineData("purge-rate = 100000", null)]
    [InlineData("purge-rate = 100001", "purge-rate")]
    [InlineData("purge-rate = -1", "purge-rate")]
    [InlineData("hosts = [\"*.shop.example\"]", "hosts[0]")]
    public void Beyond_loopback_it_needs_a_token(string admin, string? key)
    {
        var faults = Load($"akkaperf.gateway.admin {{ {admin} }}").Faults;
        Assert.Equal(key is null ? [] : [$"akkaperf.gateway.admin.{key}"], faults.Select(fault => fault.Path));
    }

    [Fact]
    public async Task The_gateway_takes_purges_where_operators_connect_alone_and_no_more_than_it_is_told_to()
    {
        await using var gateway = GatewayProcess.Start(
            "akkaperf.gateway { listen = [\"http://127.0.0.1:0\"], admin { listen = \"http://127.0.0.1:0\", purge-rate = 1 }\n demo-origins = 1 }", "--config", "$FILE");
        await gateway.StartedAsync();
        var tags = $"{{\"tags\":[{string.Join(',', Enumerable.Range(0, 100).Select(static i => $"\"{i}\""))}]}}";
        Assert.DoesNotContain("HTTP/1.1 200 ", (await PurgeAsync(gateway.Address, tags))[..13], StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await PurgeAsync(gateway.Admin, tags), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 429 ", await PurgeAsync(gateway.Admin, tags), StringComparison.Ordinal);

        static Task<string> PurgeAsync(Uri address, string body) => RawConnection.AskAsync(
            address,
            $"POST /pipelines/demo/purge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
    }

    [Fact]
    public async Task Without_one_the_gateway_does_not_start_and_says_why()
    {
        await using var gateway = GatewayProcess.Start("akkaperf.gateway { listen = [\"http://127.0.0.1:0\"], admin.listen = \"http://0.0.0.0:0\" }", "--config", "$FILE");
        Assert.Equal(1, await gateway.ExitAsync());
        Assert.Equal("", gateway.Output.Trim());
        Assert.StartsWith("akkaperf.gateway.admin.token", gateway.Errors, StringComparison.Ordinal);
        Assert.Contains("akkaperf.gateway.admin.listen = http://0.0.0.0:0 can be reached from elsewhere", gateway.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_operators_do_is_on_record_and_what_was_refused_is_not()
    {
        await using var gateway = GatewayProcess.Start(GatewayTests.AnyPort + "akkaperf.gateway.demo-origins = 2", "--config", "$FILE");
        await gateway.StartedAsync();
        using var client = new HttpClient { BaseAddress = gateway.Admin };
        await PostAsync("/pipelines/demo/permits", "{\"limit\":0}");
        await PostAsync("/pipelines/demo/backends/origin-1/drain", "{}");
        await PostAsync("/pipelines/demo/permits", "{\"limit\":7}");

        await gateway.SaysAsync("ActionEndpoints[700] Pipeline demo: permits limit = 7, asked for from 127.0.0.1");
        Assert.Contains("ActionEndpoints[701] Backend origin-1 of pipeline demo: drain, asked for from 127.0.0.1", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("limit = 0", gateway.Output, StringComparison.Ordinal);

        async Task PostAsync(string path, string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var response = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        }
    }

    [Theory]
    [InlineData(Secret)]
    [InlineData("too-short")]
    public async Task The_token_is_never_told(string token)
    {
        var configuration = Load($"akkaperf.gateway.admin.token = \"{token}\"");
        var output = new StringWriter();
        await configuration.PrintAsync(output);
        Assert.DoesNotContain(token, output.ToString(), StringComparison.Ordinal);
        Assert.All(configuration.Faults, fault => Assert.DoesNotContain(token, fault.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_gateway_asks_for_it()
    {
        await using var gateway = GatewayProcess.Start(
            $"akkaperf.gateway {{ listen = [\"http://127.0.0.1:0\"], admin {{ listen = \"http://127.0.0.1:0\", token = \"{Secret}\" }} }}", "--config", "$FILE");
        await gateway.StartedAsync();
        Assert.StartsWith("HTTP/1.1 401 ", await AskAsync("X-Nothing: said"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync($"Authorization: Bearer {Secret}"), StringComparison.Ordinal);

        Task<string> AskAsync(string header) =>
            RawConnection.AskAsync(gateway.Admin, $"GET /pipelines HTTP/1.1\r\nHost: localhost\r\n{header}\r\nConnection: close\r\n\r\n");
    }

    private static GatewayConfiguration Load(string hocon)
    {
        var file = Path.Combine(Path.GetTempPath(), $"akkaperf-{Guid.NewGuid():N}.hocon");
        File.WriteAllText(file, hocon);
        try
        {
            return GatewayConfiguration.Load([file]);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
