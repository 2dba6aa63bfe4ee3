using AkkaPerf.Hosting;

namespace AkkaPerf.Tests.Hosting;

public sealed class FaultTests
{
    [Theory]
    // Unknown keys, and near misses of known ones.
    [InlineData("akkaperf.pipeline.frobnicate = 1", "akkaperf.pipeline.frobnicate: unknown key")]
    [InlineData("akkaperf.pipeline.timeot = 1s", "akkaperf.pipeline.timeot: unknown key; did you mean 'timeout'?")]
    [InlineData("akkaperf.pipeline.connections.maxPerBackend = 1", "akkaperf.pipeline.connections.maxPerBackend: unknown key; did you mean 'max-per-backend'?")]
    [InlineData("akkaperf.pipeline.throttle.\"a.b\" = 1", "akkaperf.pipeline.throttle.\"a.b\": unknown key")]
    [InlineData("akkaperf.piplines { }", "akkaperf.piplines: unknown key; did you mean 'pipelines'?")]
    [InlineData("akkaperf.pipelines.other.throtle { }", "akkaperf.pipelines.other.throtle: unknown key; did you mean 'throttle'?")]
    // Durations.
    [InlineData("akkaperf.pipeline.timeout = 5", "akkaperf.pipeline.timeout = 5: must be a duration with a unit ns, us, ms, s, m, h or d, 1ms to 24h")]
    [InlineData("akkaperf.pipeline.timeout = 5x", "akkaperf.pipeline.timeout = 5x: must be a duration with a unit ns, us, ms, s, m, h or d, 1ms to 24h")]
    [InlineData("akkaperf.pipeline.timeout = 25h", "akkaperf.pipeline.timeout = 25h: must be a duration with a unit ns, us, ms, s, m, h or d, 1ms to 24h")]
    [InlineData("akkaperf.pipeline.timeout = -1s", "akkaperf.pipeline.timeout = -1s: must be a duration with a unit ns, us, ms, s, m, h or d, 1ms to 24h")]
    [InlineData("akkaperf.pipeline.drain-timeout = 50ns", "akkaperf.pipeline.drain-timeout = 50ns: must be a duration with a unit ns, us, ms, s, m, h or d, 0s to 1h")]
    [InlineData("akkaperf.pipeline.cache.ttl = 99999999999999999999999999d", "akkaperf.pipeline.cache.ttl = 99999999999999999999999999d: must be a duration with a unit ns, us, ms, s, m, h or d, 1ms to 365d")]
    // Sizes.
    [InlineData("akkaperf.pipeline.cache.l1.max-bytes = 1048576", "akkaperf.pipeline.cache.l1.max-bytes = 1048576: must be a size with a unit B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, 1KiB to 1TiB")]
    [InlineData("akkaperf.pipeline.cache.l1.max-bytes = 1M", "akkaperf.pipeline.cache.l1.max-bytes = 1M: must be a size with a unit B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, 1KiB to 1TiB")]
    [InlineData("akkaperf.pipeline.cache.l1.max-bytes = 2TiB", "akkaperf.pipeline.cache.l1.max-bytes = 2TiB: must be a size with a unit B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, 1KiB to 1TiB")]
    // Numbers.
    [InlineData("akkaperf.pipeline.throttle.concurrency = 0", "akkaperf.pipeline.throttle.concurrency = 0: must be a whole number, 1 to 1000000")]
    [InlineData("akkaperf.pipeline.throttle.concurrency = 2.5", "akkaperf.pipeline.throttle.concurrency = 2.5: must be a whole number, 1 to 1000000")]
    [InlineData("akkaperf.pipeline.throttle.concurrency = many", "akkaperf.pipeline.throttle.concurrency = many: must be a whole number, 1 to 1000000")]
    [InlineData("akkaperf.pipeline.throttle.concurrency = 99999999999999999999", "akkaperf.pipeline.throttle.concurrency = 99999999999999999999: must be a whole number, 1 to 1000000")]
    [InlineData("akkaperf.pipeline.throttle.rate = 1e400", "akkaperf.pipeline.throttle.rate = 1e400: must be a number, 0 to 10000000")]
    [InlineData("akkaperf.pipeline.throttle.rate = NaN", "akkaperf.pipeline.throttle.rate = NaN: must be a number, 0 to 10000000")]
    [InlineData("akkaperf.pipeline.throttle.rate = -0.5", "akkaperf.pipeline.throttle.rate = -0.5: must be a number, 0 to 10000000")]
    // Booleans and names.
    [InlineData("akkaperf.pipeline.cache.enabled = maybe", "akkaperf.pipeline.cache.enabled = maybe: must be on or off (or true, false, yes, no)")]
    [InlineData("akkaperf.pipeline.ingress.when-full = drop", "akkaperf.pipeline.ingress.when-full = drop: must be reject or wait")]
    [InlineData("akkaperf.pipeline.ingress.when-full = 0", "akkaperf.pipeline.ingress.when-full = 0: must be reject or wait")]
    // Text.
    [InlineData("akkaperf.pipeline.balancing.policy = \"\"", "akkaperf.pipeline.balancing.policy = \"\": must not be empty")]
    [InlineData("akkaperf.pipeline.balancing.policy = null", "akkaperf.pipeline.balancing.policy = null: must be text")]
    [InlineData("akkaperf.pipeline.timeout = null", "akkaperf.pipeline.timeout = null: must be a duration with a unit ns, us, ms, s, m, h or d, 1ms to 24h")]
    [InlineData("akkaperf.pipeline.health.path = health", "akkaperf.pipeline.health.path = health: must match /[^ ]*")]
    // The wrong kind.
    [InlineData("akkaperf = 5", "akkaperf = 5: must be an object")]
    [InlineData("akkaperf.pipeline = 5", "akkaperf.pipeline = 5: must be an object")]
    [InlineData("akkaperf.pipelines = [1]", "akkaperf.pipelines = [ ]: must be an object")]
    [InlineData("akkaperf.pipelines.shop = on", "akkaperf.pipelines.shop = on: must be an object")]
    [InlineData("akkaperf.pipeline.cache = off", "akkaperf.pipeline.cache = off: must be an object")]
    [InlineData("akkaperf.pipeline.throttle.queue { max = 1 }", "akkaperf.pipeline.throttle.queue = { }: must be a value, not an object: a whole number, 0 to 1000000")]
    [InlineData("akkaperf.pipeline.throttle.queue = [1]", "akkaperf.pipeline.throttle.queue = [ ]: must be a value, not a list: a whole number, 0 to 1000000")]
    [InlineData("akkaperf.pipeline.backends = a", "akkaperf.pipeline.backends = a: must be a list")]
    [InlineData("akkaperf.pipeline.backends = [a]", "akkaperf.pipeline.backends[0] = a: must be an object")]
    // Backends.
    [InlineData("akkaperf.pipeline.backends = [{ id = a, address = \"not a uri\" }]", "akkaperf.pipeline.backends[0].address = not a uri: must be an absolute URI such as http://127.0.0.1:9001")]
    [InlineData("akkaperf.pipeline.backends = [{ id = a, address = \"/var/run\" }]", "akkaperf.pipeline.backends[0].address = /var/run: must be an absolute URI such as http://127.0.0.1:9001")]
    [InlineData("akkaperf.pipeline.backends = [{ id = a, address = \"http://x:99999\" }]", "akkaperf.pipeline.backends[0].address = http://x:99999: must be an absolute URI such as http://127.0.0.1:9001")]
    [InlineData("akkaperf.pipeline.backends = [{ id = a }]", "akkaperf.pipeline.backends[0].address: is required: an absolute URI such as http://127.0.0.1:9001")]
    [InlineData("akkaperf.pipeline.backends = [{ address = \"http://x\" }]", "akkaperf.pipeline.backends[0].id: is required: text")]
    [InlineData("akkaperf.pipeline.backends = [{ id = \"a b\", address = \"http://x\" }]", "akkaperf.pipeline.backends[0].id = a b: must match [A-Za-z0-9._-]{1,100}")]
    [InlineData("akkaperf.pipeline.backends = [{ id = a, address = \"http://x\", weigth = 2 }]", "akkaperf.pipeline.backends[0].weigth: unknown key; did you mean 'weight'?")]
    [InlineData(
        "akkaperf.pipeline.backends = [{ id = a, address = \"http://x\" }, { id = a, address = \"http://y\" }]",
        "akkaperf.pipeline.backends[1].id = a: must be unique, but akkaperf.pipeline.backends[0] has it too")]
    // Across keys.
    [InlineData("akkaperf.pipeline.connections { max-per-backend = 2, min-idle = 3 }", "akkaperf.pipeline.connections.min-idle = 3: must be at most max-per-backend, 2")]
    [InlineData("akkaperf.pipeline.cache.l2.connection = \"secret\"", "akkaperf.pipeline.cache.l2.connection: must be empty while the provider is none")]
    public void Fault_names_path_value_what_is_allowed_and_source(string hocon, string expected)
    {
        var fault = Assert.Single(Given.Faults(hocon));

        Assert.Equal($"{expected} (user.hocon, line 1)", fault.ToString());
    }

    [Fact]
    public void All_faults_stand_in_one_message()
    {
        var configuration = Given.Configuration(
            Given.Hocon(
                """
                akkaperf {
                  pipeline {
                    timeot = 5s
                    timeout = 5
                    backends = [
                      { id = a, address = "http://127.0.0.1:9001" }
                      { id = a, address = nowhere }
                    ]
                  }
                  pipelines.shop.throttle.concurrency = 0
                }
                """,
                "shop.hocon"),
            Given.Hocon("akkaperf { pipeline {", "broken.hocon"),
            Given.Environment(("AKKAPERF__PIPELINE__INGRESS__WHEN_FULL", "drop")));

        var bound = configuration.Bind("shop", options => options.Health.Rise = -1);
        var thrown = Assert.Throws<InvalidConfigurationException>(() => bound.Value);

        Assert.Equal(
            """
            The configuration has 8 faults:
              broken.hocon, line 1: the brace opened in line 1 is never closed
              akkaperf.pipelines.shop.health.rise = -1: must be a whole number, 1 to 100 (code)
              akkaperf.pipeline.timeot: unknown key; did you mean 'timeout'? (shop.hocon, line 3)
              akkaperf.pipeline.timeout = 5: must be a duration with a unit ns, us, ms, s, m, h or d, 1ms to 24h (shop.hocon, line 4)
              akkaperf.pipeline.backends[1].address = nowhere: must be an absolute URI such as http://127.0.0.1:9001 (shop.hocon, line 7)
              akkaperf.pipelines.shop.throttle.concurrency = 0: must be a whole number, 1 to 1000000 (shop.hocon, line 10)
              akkaperf.pipeline.ingress.when-full = drop: must be reject or wait (environment, AKKAPERF__PIPELINE__INGRESS__WHEN_FULL)
              akkaperf.pipeline.backends[1].id = a: must be unique, but akkaperf.pipeline.backends[0] has it too (shop.hocon, line 7)
            """,
            thrown.Message,
            ignoreLineEndingDifferences: true);
        Assert.Equal(8, thrown.Faults.Count);
    }

    [Fact]
    public void Single_fault_is_not_said_in_the_plural() =>
        Assert.StartsWith("The configuration has a fault:\n", new InvalidConfigurationException(Given.Faults("akkaperf = 5")).Message, StringComparison.Ordinal);

    [Fact]
    public void Fault_that_a_stronger_source_hides_is_reported_all_the_same()
    {
        var configuration = Given.Configuration(
            Given.Hocon("akkaperf { pipeline.timeout = 5, pipelines.shop.timeout = 6s }"));

        Assert.Equal("akkaperf.pipeline.timeout", Assert.Single(configuration.Bind("shop").Faults).Path);
    }

    [Fact]
    public void Fault_in_a_pipeline_that_nobody_binds_is_found() =>
        Assert.Equal("akkaperf.pipelines.other.timeout", Assert.Single(Given.Faults("akkaperf.pipelines.other.timeout = 0s")).Path);

    [Fact]
    public void Gateway_section_is_not_the_librarys_business() =>
        Assert.Empty(Given.Faults("akkaperf.gateway { whatever = 1 }"));

    [Fact]
    public void Pipeline_that_is_configured_but_not_defined_is_a_fault_that_lists_the_defined()
    {
        var configuration = Given.Configuration(
            Given.Hocon("akkaperf.pipelines { shop { }\n shpo { } }"),
            Given.Environment(("AKKAPERF__PIPELINES__SHOP__TIMEOUT", "1s")));

        var fault = Assert.Single(configuration.CheckDefined(["shop", "cart"]));

        Assert.Equal("akkaperf.pipelines.shpo: no such pipeline; defined are cart, shop (user.hocon, line 2)", fault.ToString());
    }

    [Fact]
    public void Null_section_and_null_list_set_in_code_are_faults()
    {
        var faults = Given.Configuration().Bind("shop", options => (options.Cache, options.Backends) = (null!, null!)).Faults;

        Assert.Equal(
            ["akkaperf.pipelines.shop.cache = null: must be an object (code)", "akkaperf.pipelines.shop.backends = null: must be a list (code)"],
            faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void Missing_file_is_a_fault_not_an_exception()
    {
        var fault = Assert.Single(ConfigurationSource.FromFile("no/such/file.hocon").Faults);

        Assert.StartsWith("no/such/file.hocon: cannot be read: ", fault.ToString(), StringComparison.Ordinal);
    }
}
