using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching;

public sealed class RefreshOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new RefreshOptions();

        Assert.Equal((0.0, 0), (options.Eager, options.Ahead));
    }

    [Theory]
    [InlineData("Eager", "0")]
    [InlineData("Eager", "1")]
    [InlineData("Ahead", "0")]
    [InlineData("Ahead", "100000")]
    public Task Valid(string option, string value) => OptionsFaults.AssertTakenAsync("Refresh." + option, value);

    [Theory]
    [InlineData("Eager", "-0.001", "0 and 1")]
    [InlineData("Eager", "1.001", "0 and 1")]
    [InlineData("Eager", "NaN", "0 and 1")]
    [InlineData("Ahead", "-1", "0 and 100000")]
    [InlineData("Ahead", "100001", "0 and 100000")]
    public Task Invalid(string option, string value, string allowed) => OptionsFaults.AssertRefusedAsync("Refresh." + option, value, allowed);
}
