using System.ComponentModel.DataAnnotations;
using AkkaPerf.Health;

namespace AkkaPerf.Tests.Health;

public class HealthOptionsTests
{
    [Fact]
    public void Defaults_are_valid_and_as_documented()
    {
        var options = new HealthOptions();
        Assert.Equal(
            (true, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), 2, 3, "/health"),
            (options.Enabled, options.Interval, options.Timeout, options.Rise, options.Fall, options.Path));
        Assert.True(IsValid(options));
    }

    [Theory]
    [InlineData(10, 1, 1, 1, "/")]
    [InlineData(3_600_000, 600_000, 100, 100, "/a?b=c")]
    public void The_edges_are_valid(int intervalMs, int timeoutMs, int rise, int fall, string path) =>
        Assert.True(IsValid(Options(intervalMs, timeoutMs, rise, fall, path)));

    [Theory]
    [InlineData(9, 1000, 2, 3, "/health")]
    [InlineData(3_600_001, 1000, 2, 3, "/health")]
    [InlineData(5000, 0, 2, 3, "/health")]
    [InlineData(5000, 600_001, 2, 3, "/health")]
    [InlineData(5000, 1000, 0, 3, "/health")]
    [InlineData(5000, 1000, 101, 3, "/health")]
    [InlineData(5000, 1000, 2, 0, "/health")]
    [InlineData(5000, 1000, 2, 101, "/health")]
    [InlineData(5000, 1000, 2, 3, "")]
    [InlineData(5000, 1000, 2, 3, "health")]
    [InlineData(5000, 1000, 2, 3, "/he alth")]
    public void Beyond_the_edges_is_not(int intervalMs, int timeoutMs, int rise, int fall, string path) =>
        Assert.False(IsValid(Options(intervalMs, timeoutMs, rise, fall, path)));

    [Fact]
    public void What_concerns_several_values_is_checked_too()
    {
        Assert.False(IsValid(new HealthOptions { Statuses = [] }));
        Assert.False(IsValid(new HealthOptions { MaxConcurrent = 0 }));
        Assert.False(IsValid(new HealthOptions { Pace = { UnhealthyInterval = TimeSpan.FromSeconds(16) } }));
        Assert.True(IsValid(new HealthOptions { Pace = { UnhealthyInterval = TimeSpan.FromSeconds(15) } }));
    }

    private static HealthOptions Options(int intervalMs, int timeoutMs, int rise, int fall, string path) => new()
    {
        Interval = TimeSpan.FromMilliseconds(intervalMs),
        Timeout = TimeSpan.FromMilliseconds(timeoutMs),
        Rise = rise,
        Fall = fall,
        Path = path,
    };

    private static bool IsValid(HealthOptions options) =>
        Validator.TryValidateObject(options, new ValidationContext(options), null, validateAllProperties: true);
}
