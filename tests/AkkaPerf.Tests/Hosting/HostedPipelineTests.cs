using Akka.Hosting;
using AkkaPerf.Exchanges;
using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Hosting;

/// <summary>Pipelines inside a host: how they are found, refused, judged and drained.</summary>
public sealed class HostedPipelineTests
{
    [Fact]
    public async Task Pipeline_is_injected_by_type_and_by_name()
    {
        using var host = await StartAsync(akka => akka
            .WithPipeline<int, string>("texts", pipeline => pipeline.Handle((id, _) => Task.FromResult($"{id}")))
            .WithPipeline<int, int>("numbers", pipeline => pipeline.Handle((id, _) => Task.FromResult(id))));

        Assert.Equal("1", await host.Services.GetRequiredService<IRequestPipeline<int, string>>().SendAsync(1));
        var keyed = host.Services.GetRequiredKeyedService<IRequestPipeline<int, int>>("numbers");
        Assert.Equal(2, await keyed.SendAsync(2));
        Assert.Equal("numbers", keyed.Name);
        await host.StopAsync();
    }

    [Fact]
    public async Task Two_pipelines_of_the_same_types_are_told_apart_by_name_only()
    {
        using var host = await StartAsync(akka => akka
            .WithPipeline<int, int>("one", pipeline => pipeline.Handle((_, _) => Task.FromResult(1)))
            .WithPipeline<int, int>("two", pipeline => pipeline.Handle((_, _) => Task.FromResult(2))));

        var ambiguous = host.Services.GetRequiredService<IRequestPipeline<int, int>>();
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(async () => await ambiguous.SendAsync(0));
        Assert.Contains("'one', 'two'", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(2, await host.Services.GetRequiredKeyedService<IRequestPipeline<int, int>>("two").SendAsync(0));
        var unknown = host.Services.GetRequiredKeyedService<IRequestPipeline<int, int>>("three");
        thrown = await Assert.ThrowsAsync<InvalidOperationException>(async () => await unknown.SendAsync(0));
        Assert.Contains("'three'", thrown.Message, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task Faults_of_all_pipelines_are_listed_at_once_and_the_host_does_not_start()
    {
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(akka => akka
            .AddHocon(
                """
                akkaperf.pipelines {
                  one { throttle.concurrency = 0, timeuot = 5s }
                  two { timeout = 5 parsecs, balancing.policy = best }
                  tree { timeout = 1s }
                }
                """,
                HoconAddMode.Prepend)
            .WithPipeline<int, int>("one", pipeline => pipeline.Handle((id, _) => Task.FromResult(id)))
            .WithPipeline<int, int>("two", pipeline => pipeline.Handle((id, _) => Task.FromResult(id)))));

        var faults = Assert.IsType<InvalidConfigurationException>(Innermost(thrown)).Message;
        foreach (var path in new[] { "one.throttle.concurrency", "one.timeuot", "two.timeout", "tree" })
        {
            Assert.Contains("akkaperf.pipelines." + path, faults, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Forgotten_AddAkkaPerf_is_said()
    {
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(
            akka => akka.WithPipeline<int, int>("one", pipeline => pipeline.Handle((id, _) => Task.FromResult(id))),
            services => services.Clear()));
        Assert.Contains("AddAkkaPerf()", Innermost(thrown).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_level_whose_package_is_not_registered_is_a_fault_that_names_the_call()
    {
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(akka => akka
            .AddHocon("akkaperf.pipeline.cache.l2 { provider = redis, connection = \"localhost,password=secret\" }", HoconAddMode.Prepend)
            .WithPipeline<int, int>("one", pipeline => pipeline.Handle((id, _) => Task.FromResult(id)))));

        var fault = Assert.Single(Assert.IsType<InvalidConfigurationException>(Innermost(thrown)).Faults);
        Assert.Equal(
            ("akkaperf.pipelines.one.cache.l2.provider", "redis", "needs the package AkkaPerf.Redis: call services.AddAkkaPerfRedis()"),
            (fault.Path, fault.Value, fault.Problem));
    }

    [Fact]
    public async Task Name_that_is_taken_is_refused()
    {
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(akka => akka
            .WithPipeline<int, int>("one", pipeline => pipeline.Handle((id, _) => Task.FromResult(id)))
            .WithPipeline<int, string>("one", pipeline => pipeline.Handle((_, _) => Task.FromResult("")))));
        Assert.Contains("'one' is defined already", Innermost(thrown).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readiness_follows_the_backends()
    {
        var probe = new FakeHealthProbe();
        probe.Down("a");
        using var host = await StartAsync(akka => akka
            .WithPipeline<int, int>("probed", pipeline => pipeline
                .ProbeWith(probe)
                .Configure(options =>
                {
                    options.Health.Interval = TimeSpan.FromMilliseconds(100);
                    options.Health.Timeout = TimeSpan.FromMilliseconds(100);
                    options.Backends.Add(new() { Id = "a", Address = new Uri("tcp://a") });
                })
                .Handle((id, _) => Task.FromResult(id))));
        await probe.StartedAsync("a", 1);
        Assert.Equal(HealthStatus.Unhealthy, await ReadinessAsync(host));
        Assert.False(host.Services.GetRequiredService<IPipelines>().IsReady);
        probe.Up("a");
        await UntilAsync(async () => await ReadinessAsync(host) == HealthStatus.Healthy);
        probe.Down("a");
        await UntilAsync(async () => await ReadinessAsync(host) == HealthStatus.Unhealthy);
        await host.StopAsync();
    }

    [Fact]
    public async Task Stopping_host_drains_and_is_not_ready_meanwhile()
    {
        var release = new TaskCompletionSource<int>();
        using var host = await StartAsync(akka => akka
            .WithPipeline<int, int>("slow", pipeline => pipeline.Handle((_, _) => release.Task)));
        var slow = host.Services.GetRequiredService<IRequestPipeline<int, int>>();
        var inside = slow.SendAsync(1).AsTask();
        await UntilAsync(() => Task.FromResult(slow.Describe().Permits.InUse == 1));
        Assert.Equal(HealthStatus.Healthy, await ReadinessAsync(host));

        var stop = host.StopAsync();
        await UntilAsync(() => Task.FromResult(slow.Describe().State == PipelineState.Draining));
        Assert.Equal(HealthStatus.Unhealthy, await ReadinessAsync(host));
        Assert.Equal(RefusalReason.PipelineStopping, (await slow.TrySendAsync(2)).Reason);
        Assert.False(stop.IsCompleted);

        release.SetResult(5);
        Assert.Equal(5, await inside);
        await stop.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(PipelineState.Stopped, slow.Describe().State);
    }

    private static async Task<IHost> StartAsync(Action<AkkaConfigurationBuilder> define, Action<IServiceCollection>? change = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddHealthChecks();
        var ours = new ServiceCollection().AddAkkaPerf();
        change?.Invoke(ours);
        foreach (var service in ours)
        {
            builder.Services.Add(service);
        }

        builder.Services.AddAkka("hosted", (akka, _) =>
        {
            akka.AddHocon("akka.loglevel = OFF, akka.stdout-loglevel = OFF", HoconAddMode.Prepend);
            define(akka);
        });
        builder.Logging.ClearProviders();
        var host = builder.Build();
        try
        {
            await host.StartAsync().WaitAsync(TimeSpan.FromSeconds(20));
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private static async Task<HealthStatus> ReadinessAsync(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("readiness"));
        return report.Status;
    }

    private static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        var start = Environment.TickCount64;
        while (!await isTrue())
        {
            Assert.True(Environment.TickCount64 - start < 20_000, "It never came true.");
            await Task.Yield();
        }
    }

    private static Exception Innermost(Exception exception) => exception.GetBaseException();
}
