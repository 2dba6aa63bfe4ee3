using System.ComponentModel.DataAnnotations;
using AkkaPerf.Hosting;

namespace AkkaPerf.Tests.Hosting;

/// <summary>The binder with an options class that is not the library's own, as the gateway has one.</summary>
public sealed class BinderTests
{
    [Fact]
    public void Foreign_options_are_bound_by_their_properties()
    {
        var bound = Bind(
            """
            akkaperf.gateway {
              listen = ["http://127.0.0.1:1", "http://127.0.0.1:2"]
              admin { listen = "http://127.0.0.1:3", token = secret }
              max-cacheable-body = 2MiB
              limit = 7
              drain-delay = 1 minute
              routes = [{ match = "/a/{**path}", pipeline = a }]
            }
            """);

        Assert.Equal([1, 2], bound.Value.Listen.Select(uri => uri.Port));
        Assert.Equal(3, bound.Value.Admin.Listen!.Port);
        Assert.Equal(2 * 1024 * 1024, bound.Value.MaxCacheableBody);
        Assert.Equal(7, bound.Value.Limit);
        Assert.Equal(TimeSpan.FromMinutes(1), bound.Value.DrainDelay);
        Assert.Equal("/a/{**path}", Assert.Single(bound.Value.Routes).Match);
        Assert.Contains(new ConfigurationSetting("akkaperf.gateway.admin.token", "(hidden)", "user.hocon, line 3"), bound.Settings);
        Assert.Contains(new ConfigurationSetting("akkaperf.gateway.listen[1]", "http://127.0.0.1:2", "user.hocon, line 2"), bound.Settings);
    }

    [Theory]
    [InlineData("listen = [nowhere]", "akkaperf.gateway.listen[0] = nowhere: must be an absolute URI such as http://127.0.0.1:9001 (user.hocon, line 1)")]
    [InlineData("routes = [{ match = \"/\" }]", "akkaperf.gateway.routes[0].pipeline: is required: text (user.hocon, line 1)")]
    [InlineData("admin { token = verysecret }", "akkaperf.gateway.admin.token: must match [a-z]{1,8} (user.hocon, line 1)")]
    [InlineData("limit = 0", "akkaperf.gateway.limit = 0: must be a whole number, 1 to 10 (user.hocon, line 1)")]
    [InlineData("drain-delay = 1h, limit = 1", "akkaperf.gateway.limit = 1: must be 2 with a long drain (user.hocon, line 1)")]
    [InlineData("demo { }", "akkaperf.gateway.demo: unknown key (user.hocon, line 1)")]
    public void Foreign_options_are_checked_by_their_annotations(string hocon, string expected) =>
        Assert.Equal(expected, Assert.Single(Bind($"akkaperf.gateway {{ {hocon} }}").Faults).ToString());

    [Fact]
    public void Null_is_a_value_where_the_property_takes_it() =>
        Assert.Null(Bind("akkaperf.gateway { limit = null }").Value.Limit);

    [Fact]
    public void Section_that_no_source_has_keeps_its_defaults()
    {
        var bound = Bind("");

        Assert.Empty(bound.Faults);
        Assert.Contains(new ConfigurationSetting("akkaperf.gateway.max-cacheable-body", "1MiB", "default"), bound.Settings);
        Assert.Contains(new ConfigurationSetting("akkaperf.gateway.listen", "[]", "default"), bound.Settings);
    }

    [Theory]
    [InlineData("MaxPerBackend", "max-per-backend")]
    [InlineData("L1", "l1")]
    [InlineData("Ttl", "ttl")]
    [InlineData("MaxTTL", "max-ttl")]
    [InlineData("HTTPPort", "http-port")]
    [InlineData("L2Provider", "l2-provider")]
    public void Keys_are_the_names_in_kebab_case(string name, string key) => Assert.Equal(key, KeyText.Kebab(name));

    [Theory]
    [InlineData("1ns", null)]
    [InlineData("100ns", 1L)]
    [InlineData("1us", 10L)]
    [InlineData("1.5 milliseconds", 15_000L)]
    [InlineData("1s", 10_000_000L)]
    [InlineData("1 minute", 600_000_000L)]
    [InlineData("2 hours", 72_000_000_000L)]
    [InlineData("1d", 864_000_000_000L)]
    [InlineData("1S", null)]
    [InlineData("s", null)]
    [InlineData("1e3s", null)]
    [InlineData("1,5s", null)]
    [InlineData("", null)]
    [InlineData("10675199d", 9_223_371_936_000_000_000L)]
    [InlineData("10675200d", null)]
    public void Durations_need_a_unit_and_are_exact(string text, long? ticks) =>
        Assert.Equal(ticks, DurationText.TryParse(text, out var value) ? value.Ticks : null);

    [Theory]
    [InlineData("1B", 1L)]
    [InlineData("1kB", 1000L)]
    [InlineData("1KiB", 1024L)]
    [InlineData("1.5 KiB", 1536L)]
    [InlineData("2 megabytes", 2_000_000L)]
    [InlineData("1TiB", 1L << 40)]
    [InlineData("0.3B", null)]
    [InlineData("1K", null)]
    [InlineData("1", null)]
    [InlineData("99999999999TiB", null)]
    public void Sizes_need_a_unit_and_are_exact(string text, long? bytes) =>
        Assert.Equal(bytes, SizeText.TryParse(text, out var value) ? value : null);

    [Theory]
    [InlineData("on", true)]
    [InlineData("true", true)]
    [InlineData("yes", true)]
    [InlineData("off", false)]
    [InlineData("false", false)]
    [InlineData("no", false)]
    public void Booleans_have_three_spellings(string text, bool expected) =>
        Assert.Equal(expected, Given.Configuration(Given.Hocon($"akkaperf.pipeline.cache.enabled = {text}")).Bind("shop").Value.Cache.Enabled);

    private static BoundOptions<Outer> Bind(string hocon) =>
        HoconBinder.Bind<Outer>(new ConfigurationStack([Given.Hocon(hocon)]), "gateway");

    public sealed class Outer : IValidatableObject
    {
        public IList<Uri> Listen { get; set; } = [];

        public Inner Admin { get; set; } = new();

        [DataType("size")]
        public long MaxCacheableBody { get; set; } = 1 << 20;

        [Range(1, 10)]
        public int? Limit { get; set; } = 3;

        public TimeSpan DrainDelay { get; set; }

        public IList<Route> Routes { get; set; } = [];

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (DrainDelay >= TimeSpan.FromHours(1) && Limit != 2)
            {
                yield return new("must be 2 with a long drain", [nameof(Limit)]);
            }
        }
    }

    public sealed class Inner
    {
        public Uri? Listen { get; set; }

        [DataType(DataType.Password)]
        [RegularExpression("[a-z]{1,8}")]
        public string Token { get; set; } = "";
    }

    public sealed class Route
    {
        [Required]
        public string Match { get; set; } = "";

        [Required]
        public string Pipeline { get; set; } = "";
    }
}
