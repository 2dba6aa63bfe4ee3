using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching;

public sealed class LifeOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new LifeOptions();

        Assert.Equal(
            (TimeSpan.Zero, 0.0, TimeSpan.FromSeconds(30), TimeSpan.Zero),
            (options.Sliding, options.Jitter, options.NegativeTtl, options.FailurePause));
    }

    [Theory]
    [InlineData("Sliding", "00:00:00")]
    [InlineData("Sliding", "365.00:00:00")]
    [InlineData("Jitter", "0")]
    [InlineData("Jitter", "0.5")]
    [InlineData("NegativeTtl", "00:00:00")]
    [InlineData("NegativeTtl", "365.00:00:00")]
    [InlineData("FailurePause", "00:00:00")]
    [InlineData("FailurePause", "00:10:00")]
    public Task Valid(string option, string value) => OptionsFaults.AssertTakenAsync("Life." + option, value);

    [Theory]
    [InlineData("Sliding", "-00:00:00.0000001", "00:00:00 and 365.00:00:00")]
    [InlineData("Sliding", "365.00:00:00.0000001", "00:00:00 and 365.00:00:00")]
    [InlineData("Jitter", "-0.001", "0 and 0.5")]
    [InlineData("Jitter", "0.501", "0 and 0.5")]
    [InlineData("Jitter", "NaN", "0 and 0.5")]
    [InlineData("NegativeTtl", "-00:00:00.0000001", "00:00:00 and 365.00:00:00")]
    [InlineData("NegativeTtl", "365.00:00:00.0000001", "00:00:00 and 365.00:00:00")]
    [InlineData("FailurePause", "-00:00:00.0000001", "00:00:00 and 00:10:00")]
    [InlineData("FailurePause", "00:10:00.0000001", "00:00:00 and 00:10:00")]
    public Task Invalid(string option, string value, string allowed) => OptionsFaults.AssertRefusedAsync("Life." + option, value, allowed);
}
