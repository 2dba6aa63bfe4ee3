using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching;

public sealed class InvalidationOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new InvalidationOptions();

        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100), 1_000), (options.Interval, options.ClockTolerance, options.Keys));
    }

    [Theory]
    [InlineData("Interval", "00:00:00.0100000")]
    [InlineData("Interval", "01:00:00")]
    [InlineData("Keys", "0")]
    [InlineData("Keys", "10000")]
    [InlineData("ClockTolerance", "00:00:00")]
    [InlineData("ClockTolerance", "00:01:00")]
    public Task Valid(string option, string value) => OptionsFaults.AssertTakenAsync("Invalidation." + option, value);

    [Theory]
    [InlineData("Interval", "00:00:00.0099999", "00:00:00.0100000 and 01:00:00")]
    [InlineData("Interval", "01:00:00.0000001", "00:00:00.0100000 and 01:00:00")]
    [InlineData("Keys", "-1", "0 and 10000")]
    [InlineData("Keys", "10001", "0 and 10000")]
    [InlineData("ClockTolerance", "-00:00:00.0000001", "00:00:00 and 00:01:00")]
    [InlineData("ClockTolerance", "00:01:00.0000001", "00:00:00 and 00:01:00")]
    public Task Invalid(string option, string value, string allowed) => OptionsFaults.AssertRefusedAsync("Invalidation." + option, value, allowed);
}
