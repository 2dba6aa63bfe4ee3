using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching;

public sealed class WarmingOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new WarmingOptions();

        Assert.Equal((0, 16, 0.0), (options.HotKeys, options.Concurrency, options.Rate));
    }

    [Theory]
    [InlineData("HotKeys", "0")]
    [InlineData("HotKeys", "100000")]
    [InlineData("Concurrency", "1")]
    [InlineData("Concurrency", "10000")]
    [InlineData("Rate", "0")]
    [InlineData("Rate", "10000000")]
    public Task Valid(string option, string value) => OptionsFaults.AssertTakenAsync("Warming." + option, value);

    [Theory]
    [InlineData("HotKeys", "-1", "0 and 100000")]
    [InlineData("HotKeys", "100001", "0 and 100000")]
    [InlineData("Concurrency", "0", "1 and 10000")]
    [InlineData("Concurrency", "10001", "1 and 10000")]
    [InlineData("Rate", "-0.5", "0 and 10000000")]
    [InlineData("Rate", "10000000.5", "0 and 10000000")]
    [InlineData("Rate", "NaN", "0 and 10000000")]
    public Task Invalid(string option, string value, string allowed) => OptionsFaults.AssertRefusedAsync("Warming." + option, value, allowed);
}
