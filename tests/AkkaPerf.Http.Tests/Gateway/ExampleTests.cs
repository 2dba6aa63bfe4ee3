using AkkaPerf.Gateway;

namespace AkkaPerf.Http.Tests.Gateway;

public sealed class ExampleTests
{
    [Theory]
    [InlineData("shop.hocon")]
    [InlineData("two-services.hocon")]
    [InlineData("shop.hocon", "even-latency.hocon")]
    public void An_example_is_valid(string first, string? second = null)
    {
        var configuration = GatewayConfiguration.Load([.. new[] { first, second }.OfType<string>().Select(file => Path.Combine(AppContext.BaseDirectory, "config", file))]);
        Assert.Empty(configuration.Faults);
        Assert.False(configuration.IsDemo);
    }
}
