using Akka.Actor;
using Akka.Configuration;
using AkkaPerf.Hosting;

namespace AkkaPerf.Tests.Hosting;

public sealed class ActorSystemTests
{
    [Fact]
    public async Task Configuration_of_an_actor_system_is_read_with_its_fallbacks()
    {
        var config = ConfigurationFactory.ParseString("akkaperf { pipeline.timeout = 5s }")
            .WithFallback(ConfigurationFactory.ParseString("akkaperf { pipeline { timeout = 6s, drain-timeout = 7s } }"));
        using var system = ActorSystem.Create("configured", config);

        var bound = new PipelineConfiguration(ConfigurationStack.FromActorSystem(system)).Bind("shop");

        Assert.Equal(TimeSpan.FromSeconds(5), bound.Value.Timeout);
        Assert.Equal(TimeSpan.FromSeconds(7), bound.Value.DrainTimeout);
        Assert.Contains(new ConfigurationSetting("akkaperf.pipelines.shop.timeout", "5s", "HOCON"), bound.Settings);
        await system.Terminate();
    }

    [Theory]
    [InlineData("akkaperf { pipeline { timeout } }", "akkaperf.pipeline.timeout = null: ")]
    [InlineData("akkaperf { pipeline = ${akkaperf} }", "HOCON: ")]
    [InlineData("akkaperf = ${b}\nb = ${akkaperf}", "HOCON: ")]
    [InlineData("akkaperf { pipeline = ${?nothing} }", "HOCON: ")]
    public void What_akkas_parser_lets_pass_is_a_fault_here(string hocon, string expected)
    {
        var source = ConfigurationSource.FromConfig("HOCON", ConfigurationFactory.ParseString(hocon));

        Assert.StartsWith(expected, Assert.Single(Given.Configuration(source).Bind("shop").Faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_configuration_sets_nothing() =>
        Assert.Empty(Given.Configuration(ConfigurationSource.FromConfig("HOCON", Config.Empty)).Bind("shop").Faults);
}
