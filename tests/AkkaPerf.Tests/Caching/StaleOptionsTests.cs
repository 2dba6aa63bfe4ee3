using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching;

public sealed class StaleOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new StaleOptions();

        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (options.WhileRevalidate, options.IfError));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(1)), (options.SoftTimeout, options.RetryAfter));
    }

    [Theory]
    [InlineData("WhileRevalidate", "00:00:00")]
    [InlineData("WhileRevalidate", "365.00:00:00")]
    [InlineData("IfError", "00:00:00")]
    [InlineData("IfError", "365.00:00:00")]
    [InlineData("SoftTimeout", "00:00:00")]
    [InlineData("SoftTimeout", "1.00:00:00")]
    [InlineData("RetryAfter", "00:00:00.0010000")]
    [InlineData("RetryAfter", "01:00:00")]
    public Task Valid(string option, string value) => OptionsFaults.AssertTakenAsync("Stale." + option, value);

    [Theory]
    [InlineData("WhileRevalidate", "-00:00:00.0000001", "00:00:00 and 365.00:00:00")]
    [InlineData("WhileRevalidate", "365.00:00:00.0000001", "00:00:00 and 365.00:00:00")]
    [InlineData("IfError", "-00:00:00.0000001", "00:00:00 and 365.00:00:00")]
    [InlineData("IfError", "365.00:00:00.0000001", "00:00:00 and 365.00:00:00")]
    [InlineData("SoftTimeout", "-00:00:00.0000001", "00:00:00 and 1.00:00:00")]
    [InlineData("SoftTimeout", "1.00:00:00.0000001", "00:00:00 and 1.00:00:00")]
    [InlineData("RetryAfter", "00:00:00.0009999", "00:00:00.0010000 and 01:00:00")]
    [InlineData("RetryAfter", "01:00:00.0000001", "00:00:00.0010000 and 01:00:00")]
    public Task Invalid(string option, string value, string allowed) => OptionsFaults.AssertRefusedAsync("Stale." + option, value, allowed);
}
