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
