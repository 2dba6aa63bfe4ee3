namespace AkkaPerf.Tests.Hosting;

public sealed class EnvironmentTests
{
    [Theory]
    [InlineData("AKKAPERF__PIPELINE__TIMEOUT", "5s", "timeout", "5s")]
    [InlineData("AKKAPERF__PIPELINE__DRAIN_TIMEOUT", " 7s ", "drain-timeout", "7s")]
    [InlineData("AKKAPERF__PIPELINES__MY_SHOP__CACHE__L1__MAX_BYTES", "1MiB", "cache.l1.max-bytes", "1MiB")]
    [InlineData("akkaperf__pipeline__timeout", "5s", "timeout", "5s")]
    [InlineData("AKKAPERF__PIPELINE__HEALTH__PATH", "\"/up#yes\"", "health.path", "/up#yes")]
    [InlineData("AKKAPERF__PIPELINE__BALANCING__POLICY", "least-connections", "balancing.policy", "least-connections")]
    [InlineData("AKKAPERF__PIPELINE__BACKENDS", "[{ id = a, address = \"http://a:1\" }]", "backends[0].address", "http://a:1")]
    [InlineData("AKKAPERF__PIPELINES__MY_SHOP", "{ throttle { queue = 3 } }", "throttle.queue", "3")]
    public void Variable_sets_the_key_it_spells(string name, string value, string key, string expected)
    {
        var bound = Given.Configuration(Given.Environment((name, value))).Bind("My-Shop");

        Assert.Contains(bound.Settings, setting =>
            setting == new AkkaPerf.Hosting.ConfigurationSetting($"akkaperf.pipelines.My-Shop.{key}", expected, $"environment, {name}"));
        Assert.Empty(bound.Faults);
    }

    [Theory]
    [InlineData("AKKAPERF_PIPELINE__TIMEOUT")]
    [InlineData("PIPELINE__TIMEOUT")]
    [InlineData("AKKAPERF")]
    [InlineData("XAKKAPERF__PIPELINE__TIMEOUT")]
    public void Variable_without_the_prefix_is_not_read(string name)
    {
        var bound = Given.Configuration(Given.Environment((name, "nonsense"))).Bind("shop");

        Assert.Empty(bound.Faults);
        Assert.Equal(TimeSpan.FromSeconds(30), bound.Value.Timeout);
    }

    [Theory]
    [InlineData("AKKAPERF__PIPELINE__TIMEOOT", "1s", "akkaperf.pipeline.timeoot: unknown key; did you mean 'timeout'?")]
    [InlineData("AKKAPERF__PIPELINE__", "1s", "akkaperf.pipeline.\"\": unknown key")]
    [InlineData("AKKAPERF__PIPELINE", "1s", "akkaperf.pipeline = 1s: must be an object")]
    [InlineData("AKKAPERF__PIPELINE__BACKENDS", "[{", "akkaperf.pipeline.backends = [{: the brace opened in line 1 is never closed")]
    [InlineData("AKKAPERF__PIPELINE__TIMEOUT", "", "akkaperf.pipeline.timeout = \"\": must be a duration with a unit ns, us, ms, s, m, h or d, 1ms to 24h")]
    public void Wrong_variable_is_a_fault_that_names_it(string name, string value, string expected)
    {
        var fault = Given.Configuration(Given.Environment((name, value))).Bind("shop").Faults[0];

        Assert.Equal($"{expected} (environment, {name})", fault.ToString());
    }

    [Fact]
    public void Variables_that_contradict_each_other_are_a_fault()
    {
        var faults = Given.Configuration(Given.Environment(
            ("AKKAPERF__PIPELINE__CACHE", "{ enabled = off }"),
            ("AKKAPERF__PIPELINE__TIMEOUT", "1s"),
            ("AKKAPERF__PIPELINE__TIMEOUT__X", "1s"),
            ("akkaperf__pipeline__timeout", "2s"))).Bind("shop").Faults;

        Assert.Equal(
            [
                "akkaperf.pipeline.timeout: must be either a value or an object, but AKKAPERF__PIPELINE__TIMEOUT makes it a value (environment, AKKAPERF__PIPELINE__TIMEOUT__X)",
                "akkaperf.pipeline.timeout = 2s: is set by AKKAPERF__PIPELINE__TIMEOUT too (environment, akkaperf__pipeline__timeout)",
            ],
            faults.Select(fault => fault.ToString()));
    }
}
