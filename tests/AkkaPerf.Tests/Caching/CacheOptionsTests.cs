using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching;

public sealed class CacheOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new CacheOptions();

        Assert.Equal((true, TimeSpan.FromMinutes(5), 0), (options.Enabled, options.Ttl, options.MaxJoiners));
    }

    [Theory]
    [InlineData("Enabled", "false")]
    [InlineData("Ttl", "00:00:00.0010000")]
    [InlineData("Ttl", "365.00:00:00")]
    [InlineData("MaxJoiners", "0")]
    [InlineData("MaxJoiners", "1000000")]
    public Task Valid(string option, string value) => OptionsFaults.AssertTakenAsync(option, value);

    [Theory]
    [InlineData("Ttl", "00:00:00.0009999", "00:00:00.0010000 and 365.00:00:00")]
    [InlineData("Ttl", "365.00:00:00.0000001", "00:00:00.0010000 and 365.00:00:00")]
    [InlineData("MaxJoiners", "-1", "0 and 1000000")]
    [InlineData("MaxJoiners", "1000001", "0 and 1000000")]
    [InlineData("L2.Journal.Entries", "-1", "0 and 1000000")]
    [InlineData("L2.Breaker.Failures", "0", "1 and 1000")]
    public Task Invalid(string option, string value, string allowed) => OptionsFaults.AssertRefusedAsync(option, value, allowed);

    [Fact]
    public async Task All_faults_are_named_at_once()
    {
        var faults = await OptionsFaults.OfAsync(options =>
        {
            options.Ttl = TimeSpan.Zero;
            options.Life.Jitter = 2;
            options.Stale.RetryAfter = TimeSpan.Zero;
            options.Refresh.Eager = -1;
            options.Invalidation.Interval = TimeSpan.Zero;
            options.Warming.Concurrency = 0;
            options.L1.MaxBytes = 0;
            options.L2.Breaker.Failures = 0;
        });

        Assert.Equal(
            ["Ttl", "Life.Jitter", "Stale.RetryAfter", "Refresh.Eager", "Invalidation.Interval", "Warming.Concurrency", "L1.MaxBytes", "L2.Breaker.Failures"],
            faults.Select(fault => fault["CacheOptions.".Length..fault.IndexOf(" is ", StringComparison.Ordinal)]));
    }
}
