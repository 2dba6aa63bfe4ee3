using AkkaPerf.Backends;
using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkkaPerf.Tests.Hosting;

/// <summary>What pipelines are as health checks.</summary>
public sealed class PipelineHealthTests : PipelineHarness
{
    [Theory]
    [InlineData(PipelineReadiness.Probing, "its backends are being probed for the first time")]
    [InlineData(PipelineReadiness.NoHealthyBackend, "no backend is eligible")]
    [InlineData(PipelineReadiness.Restarting, "it is being started again after a failure")]
    [InlineData(PipelineReadiness.Draining, "it drains")]
    [InlineData(PipelineReadiness.Stopped, "it has stopped")]
    public async Task One_that_is_not_ready_is_unhealthy_and_says_why(PipelineReadiness readiness, string why)
    {
        var now = await DescribeAsync();

        Assert.Equal(
            (HealthStatus.Unhealthy, $"Pipeline test-1: {why}; 0 of 1 backends are healthy."),
            PipelineHealth.Judge(now with { Readiness = readiness }));
    }

    [Fact]
    public async Task In_panic_or_held_up_it_is_degraded()
    {
        var now = await DescribeAsync();
        Assert.Equal((HealthStatus.Healthy, null), PipelineHealth.Judge(now));
        Assert.Equal(
            (HealthStatus.Degraded, "Pipeline test-1: it panics, so few backends are well that those ejected get traffic again."),
            PipelineHealth.Judge(now with { IsPanicking = true }));
        Assert.Equal(HealthStatus.Healthy, PipelineHealth.Judge(now with { Zombies = 128 }).Status);
        Assert.Equal(HealthStatus.Degraded, PipelineHealth.Judge(now with { Zombies = 129 }).Status);
    }

    [Fact]
    public async Task Readiness_is_told_apart_by_its_reason()
    {
        var probe = new FakeHealthProbe();
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.ProbeWith(probe).ConnectWith(new FakeConnectionFactory()).Handle((id, _, _) => Task.FromResult(id)),
            options => options.Health.Enabled = true);
        await Until(() => runtime.Core.State == PipelineState.Running);
        Assert.Equal(PipelineReadiness.Probing, runtime.Describe().Readiness);
        var directory = runtime.Core.Directory!;
        directory.Judge(directory.Find("default")!, ProbeVerdict.Up, "up");
        Assert.Equal(PipelineReadiness.Ready, runtime.Describe().Readiness);
        directory.Drain("default", draining: true);
        Assert.Equal(PipelineReadiness.NoHealthyBackend, runtime.Describe().Readiness);
        await InTime(pipeline.DrainAsync());
        Assert.Equal(PipelineReadiness.Stopped, runtime.Describe().Readiness);
    }

    [Fact]
    public async Task All_of_a_container_are_one_check_and_the_worst_counts()
    {
        await using var services = new ServiceCollection().AddLogging().AddHealthChecks().AddAkkaPerf().Services.BuildServiceProvider();
        var checks = services.GetRequiredService<HealthCheckService>();
        Assert.Equal((HealthStatus.Unhealthy, "No pipeline has started."), await CheckAsync());

        var registry = services.GetRequiredService<PipelineRegistry>();
        var (first, firstRuntime) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)));
        var (second, secondRuntime) = StartConnected(new FakeConnectionFactory(), (id, _, _) => Task.FromResult(id));
        registry.Add(first);
        registry.Add(second);
        await Until(() => firstRuntime.Core.IsReady && secondRuntime.Core.IsReady);
        Assert.Equal((HealthStatus.Healthy, null), await CheckAsync());

        secondRuntime.Core.Directory!.Drain("default", draining: true);
        Assert.Equal((HealthStatus.Unhealthy, "Pipeline test-2: no backend is eligible; 0 of 1 backends are healthy."), await CheckAsync());

        registry.BeginStopping();
        Assert.Equal((HealthStatus.Unhealthy, "The application is stopping."), await CheckAsync());

        async Task<(HealthStatus Status, string? Text)> CheckAsync()
        {
            var entry = (await checks.CheckHealthAsync(static check => check.Tags.Contains("akkaperf"))).Entries["akkaperf"];
            return (entry.Status, entry.Description);
        }
    }

    private async Task<PipelineSnapshot> DescribeAsync()
    {
        var (_, runtime) = StartConnected(new FakeConnectionFactory(), (id, _, _) => Task.FromResult(id));
        await Until(() => runtime.Core.IsReady);
        return runtime.Describe();
    }
}
