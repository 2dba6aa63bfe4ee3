using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Tests.Hosting;

public sealed class PrecedenceTests
{
    /// <summary>The tiers, the weakest first; each sets the queue to its own number.</summary>
    public static TheoryData<int, int, string> Strongest => new()
    {
        { 0, 1024, "reference, line " },
        { 1, 1, "code" },
        { 2, 2, "first.hocon, line 1" },
        { 3, 3, "second.hocon, line 1" },
        { 4, 4, "first.hocon, line 2" },
        { 5, 5, "environment, AKKAPERF__PIPELINE__THROTTLE__QUEUE" },
        { 6, 6, "environment, AKKAPERF__PIPELINES__SHOP__THROTTLE__QUEUE" },
    };

    [Theory]
    [MemberData(nameof(Strongest))]
    public void Stronger_source_wins(int strongest, int expected, string source)
    {
        var second = strongest >= 3 ? "akkaperf.pipeline.throttle.queue = 3" : "";
        var first = (strongest >= 2 ? "akkaperf.pipeline.throttle.queue = 2\n" : "\n") + (strongest >= 4 ? "akkaperf.pipelines.shop.throttle.queue = 4" : "");
        (string, string)[] environment =
        [
            ("AKKAPERF__PIPELINE__THROTTLE__QUEUE", "5"),
            ("AKKAPERF__PIPELINES__SHOP__THROTTLE__QUEUE", "6"),
        ];
        var configuration = Given.Configuration(
            Given.Environment(environment[..Math.Max(0, strongest - 4)]),
            Given.Hocon(first, "first.hocon"),
            Given.Hocon(second, "second.hocon"));

        var bound = configuration.Bind("shop", strongest >= 1 ? options => options.Throttle.Queue = 1 : null);

        Assert.Equal(expected, bound.Value.Throttle.Queue);
        var setting = Assert.Single(bound.Settings, setting => setting.Path == "akkaperf.pipelines.shop.throttle.queue");
        Assert.StartsWith(source, setting.Source, StringComparison.Ordinal);
        Assert.Equal($"{expected}", setting.Value);
    }

    [Fact]
    public void One_pipelines_keys_do_not_reach_another()
    {
        var configuration = Given.Configuration(Given.Hocon("akkaperf.pipelines.cart.timeout = 1s"));

        Assert.Equal(TimeSpan.FromSeconds(30), configuration.Bind("shop").Value.Timeout);
        Assert.Equal(TimeSpan.FromSeconds(1), configuration.Bind("cart").Value.Timeout);
    }

    [Fact]
    public void List_replaces_a_list_as_a_whole()
    {
        var configuration = Given.Configuration(Given.Hocon(
            """
            akkaperf.pipeline.backends = [{ id = a, address = "http://a" }, { id = b, address = "http://b" }]
            akkaperf.pipelines.shop.backends = [{ id = c, address = "http://c" }]
            """));

        Assert.Equal("c", Assert.Single(configuration.Bind("shop").Value.Backends).Id);
        Assert.Equal(2, configuration.Bind("cart").Value.Backends.Count);
    }

    [Fact]
    public void Every_setting_is_listed_once_with_its_source()
    {
        var bound = Given.Configuration(Given.Hocon("akkaperf.pipeline.backends = [{ id = a, address = \"tcp://db:5432\" }]"))
            .Bind("shop", options => options.Connections.MinIdle = 1);

        Assert.Equal(bound.Settings.Count, bound.Settings.Select(setting => setting.Path).Distinct().Count());
        Assert.Contains(new ConfigurationSetting("akkaperf.pipelines.shop.connections.min-idle", "1", "code"), bound.Settings);
        Assert.Contains(new ConfigurationSetting("akkaperf.pipelines.shop.backends[0].address", "tcp://db:5432", "user.hocon, line 1"), bound.Settings);
        Assert.Contains(new ConfigurationSetting("akkaperf.pipelines.shop.backends[0].weight", "1", "default"), bound.Settings);
    }

    [Fact]
    public void Code_that_sets_backends_replaces_none_and_is_replaced_by_the_users()
    {
        static void Code(PipelineOptions options) => options.Backends.Add(new() { Id = "code", Address = new Uri("http://code:1") });
        var user = Given.Hocon("akkaperf.pipelines.shop.backends = [{ id = user, address = \"http://user:1\" }]");

        Assert.Equal("code", Assert.Single(Given.Configuration().Bind("shop", Code).Value.Backends).Id);
        Assert.Equal("user", Assert.Single(Given.Configuration(user).Bind("shop", Code).Value.Backends).Id);
    }
}
