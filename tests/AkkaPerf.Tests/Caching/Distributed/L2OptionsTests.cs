using AkkaPerf.Caching;
using AkkaPerf.Tests.Hosting;

namespace AkkaPerf.Tests.Caching.Distributed;

public sealed class L2OptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new L2Options();

        Assert.Equal((L2Provider.None, ""), (options.Provider, options.Connection));
        Assert.Equal((TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1)), (options.SoftTimeout, options.HardTimeout));
        Assert.Equal((8192, 8L << 20), (options.CompressAbove, options.MaxPayload));
        Assert.Equal(1L << 30, options.MaxBytes);
        Assert.Equal((5, TimeSpan.FromSeconds(5)), (options.Breaker.Failures, options.Breaker.Duration));
        Assert.Equal((10_000, 32L << 20), (options.Journal.Entries, options.Journal.Bytes));
    }

    [Theory]
    [InlineData("provider = memory")]
    [InlineData("provider = given")]
    [InlineData("provider = redis, connection = \"localhost:6379\"")]
    [InlineData("soft-timeout = 1ms, hard-timeout = 1ms")]
    [InlineData("soft-timeout = 1m, hard-timeout = 1m")]
    [InlineData("compress-above = 0B, max-payload = 1KiB")]
    [InlineData("compress-above = 512MiB, max-payload = 512MiB")]
    [InlineData("max-bytes = 1MiB")]
    [InlineData("max-bytes = 16TiB")]
    [InlineData("breaker { failures = 1, duration = 10ms }")]
    [InlineData("breaker { failures = 1000, duration = 1h }")]
    [InlineData("journal { entries = 0, bytes = 0B }")]
    [InlineData("journal { entries = 1000000, bytes = 16GiB }")]
    public void Valid(string hocon) => Assert.Empty(Given.Faults($"akkaperf.pipeline.cache.l2 {{ {hocon} }}"));

    [Theory]
    [InlineData("provider = disk", "provider = disk: must be none, memory, sqlite, redis or given")]
    [InlineData("provider = sqlite", "provider = sqlite: needs cache.l2.connection, which is empty")]
    [InlineData("provider = redis, connection = \" \"", "provider = redis: needs cache.l2.connection, which is empty")]
    [InlineData("provider = memory, connection = secret", "connection: must be empty while the provider is memory")]
    [InlineData("provider = given, connection = secret", "connection: must be empty while the provider is given")]
    [InlineData("soft-timeout = 2s", "soft-timeout = 2s: must be at most hard-timeout, 1s")]
    [InlineData("compress-above = 513MiB", "compress-above = 513MiB: must be a size with a unit B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, 0B to 512MiB")]
    [InlineData("max-payload = 1B", "max-payload = 1B: must be a size with a unit B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, 1KiB to 512MiB")]
    [InlineData("max-bytes = 1023KiB", "max-bytes = 1023KiB: must be a size with a unit B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, 1MiB to 16TiB")]
    [InlineData("breaker.failures = 0", "breaker.failures = 0: must be a whole number, 1 to 1000")]
    [InlineData("journal.entries = -1", "journal.entries = -1: must be a whole number, 0 to 1000000")]
    public void Invalid(string hocon, string expected)
    {
        var fault = Assert.Single(Given.Faults($"akkaperf.pipeline.cache.l2 {{ {hocon} }}"));

        Assert.Equal($"akkaperf.pipeline.cache.l2.{expected} (user.hocon, line 1)", fault.ToString());
    }

    [Fact]
    public void Connection_is_never_shown()
    {
        var bound = Given.Configuration(Given.Hocon("akkaperf.pipeline.cache.l2 { provider = redis, connection = \"h:1,password=secret\" }")).Bind("shop");

        Assert.DoesNotContain(bound.Settings, setting => setting.ToString().Contains("secret", StringComparison.Ordinal));
        Assert.Equal("h:1,password=secret", bound.Value.Cache.L2.Connection);
    }
}
