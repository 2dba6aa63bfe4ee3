using AkkaPerf.Gateway;
using AkkaPerf.Hosting;

namespace AkkaPerf.Http.Tests.Gateway;

public sealed class GatewayCheckTests
{
    private const string Shop = "akkaperf.pipelines.shop.backends = [{ id = a, address = \"http://127.0.0.1:9001\" }]\n";
    private const string Route = "akkaperf.gateway.routes = [{ match = \"/{**path}\", pipeline = shop }]\n";

    [Theory]
    [InlineData("balancing.policy = nobody", "balancing.policy", "nobody")]
    [InlineData("connections.min-idle = 1", "connections.min-idle", "1")]
    [InlineData("cache.stale.soft-timeout = 10s", "cache.stale.soft-timeout", "10s")]
    [InlineData("cache.refresh.eager = 0.5", "cache.refresh.eager", "0.5")]
    public void What_an_http_pipeline_cannot_do_is_a_fault_of_its_line(string setting, string key, string value)
    {
        var fault = Assert.Single(Load(Shop + Route + "akkaperf.pipelines.shop." + setting));
        Assert.Equal($"akkaperf.pipelines.shop.{key}", fault.Path);
        Assert.Equal(value, fault.Value);
        Assert.EndsWith(".hocon, line 3", fault.Source, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_with_faults_tells_them_all_and_nothing_else()
    {
        await using var gateway = GatewayProcess.Start(
            Shop + Route + "akkaperf.pipelines.shop { balancing.policy = nobody, connections.min-idle = 1 }", "--config", "$FILE");
        Assert.Equal(1, await gateway.ExitAsync());
        Assert.Equal("", gateway.Output.Trim());
        var lines = gateway.Errors.Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.StartsWith("akkaperf.pipelines.shop.", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://me:secret@127.0.0.1:1", "http://***@127.0.0.1:1", "must have no user or password")]
    [InlineData("http://127.0.0.1:1/?a=b", "http://127.0.0.1:1/?a=b", "must have no query or fragment")]
    [InlineData("http://127.0.0.1:1/#a", "http://127.0.0.1:1/#a", "must have no query or fragment")]
    [InlineData("tcp://127.0.0.1:1", "tcp://127.0.0.1:1", "must be an http or https address")]
    public void A_backend_is_reached_by_its_address_alone(string address, string told, string problem)
    {
        var fault = Assert.Single(Load(Route + $"akkaperf.pipelines.shop.backends = [{{ id = a, address = \"{address}\" }}]"));
        Assert.Equal("akkaperf.pipelines.shop.backends[0].address", fault.Path);
        Assert.Equal(told, fault.Value);
        Assert.StartsWith(problem, fault.Problem, StringComparison.Ordinal);
        Assert.EndsWith(".hocon, line 2", fault.Source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gateway.listen = [\"http://127.0.0.1:80\", \"http://me:secret@127.0.0.1:81\"]", "gateway.listen[1]", "http://***@127.0.0.1:81", "must have no user or password")]
    [InlineData("gateway.admin.listen = \"http://me:secret@127.0.0.1:80\"", "gateway.admin.listen", "http://***@127.0.0.1:80", "must have no user or password")]
    [InlineData("gateway.admin.listen = \"http://me:secret@127.0.0.1:99999\"", "gateway.admin.listen", "http://***@127.0.0.1:99999", "must be an absolute URI")]
    [InlineData("pipelines.shop.backends = [{ id = a, address = \"http://me:secret@127.0.0.1:x\" }]", "pipelines.shop.backends[0].address", "http://***@127.0.0.1:x", "must be an absolute URI")]
    [InlineData("pipelines.shop.backends = [{ id = a, address = \"me:secret@127.0.0.1:1\" }]", "pipelines.shop.backends[0].address", "***@127.0.0.1:1", "must be an absolute URI")]
    [InlineData("pipelines.shop.backends = [{ id = a, address = \"http://me:se/cr@et@127.0.0.1\" }]", "pipelines.shop.backends[0].address", "http://***@127.0.0.1", "must be an absolute URI")]
    public void A_password_in_an_address_is_never_told(string setting, string key, string told, string problem)
    {
        var fault = Assert.Single(Load(Shop + Route + "akkaperf." + setting));
        Assert.Equal($"akkaperf.{key}", fault.Path);
        Assert.Equal(told, fault.Value);
        Assert.StartsWith(problem, fault.Problem, StringComparison.Ordinal);
        Assert.EndsWith(".hocon, line 3", fault.Source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("listen = [\"http://127.0.0.1:80\", \"http://127.0.0.1:80\"]", "listen[1]")]
    [InlineData("listen = [\"http://127.0.0.1:80\", \"http://localhost:80\"]", "listen[1]")]
    [InlineData("listen = [\"http://0.0.0.0:8081\"]", "admin.listen")]
    [InlineData("listen = [\"http://127.0.0.1:0\", \"http://127.0.0.1:0\"]", null)]
    [InlineData("listen = [\"http://127.0.0.1:80\", \"http://127.0.0.2:80\"]", null)]
    public void No_listener_takes_anothers_port(string setting, string? key)
    {
        var faults = Load(Shop + Route + "akkaperf.gateway." + setting);
        Assert.Equal(key is null ? [] : [$"akkaperf.gateway.{key}"], faults.Select(fault => fault.Path));
    }

    [Theory]
    [InlineData("{ match = \"/{id:nope}\", pipeline = shop }", "[0].match")]
    [InlineData("{ match = \"/{id:length(x)}\", pipeline = shop }", "[0].match")]
    [InlineData("{ match = \"/{\", pipeline = shop }", "[0].match")]
    [InlineData("{ match = \"/\", pipeline = shop, host = \"a b\" }", "[0].host")]
    [InlineData("{ match = \"/\", pipeline = shop, methods = [GET, \"P T\"] }", "[0].methods[1]")]
    [InlineData("{ match = \"/a/{x}\", pipeline = shop }, { match = \"/A/{y}\", pipeline = shop }", "[1].match")]
    [InlineData("{ match = \"/a\", pipeline = shop, methods = [GET, PUT] }, { match = \"/a\", pipeline = shop, methods = [get] }", "[1].match")]
    [InlineData("{ match = \"/a\", pipeline = shop, methods = [GET] }, { match = \"/a\", pipeline = shop }", null)]
    [InlineData("{ match = \"/{id:int}\", pipeline = shop, host = \"*.shop.example:80\" }, { match = \"/{id}\", pipeline = shop }", null)]
    public void A_route_that_cannot_match_is_a_fault(string routes, string? key)
    {
        var faults = Load(Shop + $"akkaperf.gateway.routes = [{routes}]");
        Assert.Equal(key is null ? [] : [$"akkaperf.gateway.routes{key}"], faults.Select(fault => fault.Path));
        Assert.All(faults, fault => Assert.EndsWith(".hocon, line 2", fault.Source, StringComparison.Ordinal));
    }

    private static IReadOnlyList<ConfigurationFault> Load(string hocon)
    {
        var file = Path.Combine(Path.GetTempPath(), $"akkaperf-{Guid.NewGuid():N}.hocon");
        File.WriteAllText(file, hocon);
        try
        {
            return GatewayConfiguration.Load([file]).Faults;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
