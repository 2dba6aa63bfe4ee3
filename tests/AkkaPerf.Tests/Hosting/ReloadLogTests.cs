using Akka.Hosting;
using AkkaPerf.Hosting;
using AkkaPerf.Telemetry;
using AkkaPerf.Tests.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Hosting;

/// <summary>What a reload writes into the log, and how often.</summary>
public sealed class ReloadLogTests : IAsyncLifetime
{
    private readonly RecordingLoggers _log = new();
    private IHost _host = null!;

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(_log);
        builder.Services.AddAkkaPerf();
        builder.Services.AddAkka("test", (akka, _) => akka.AddHocon("akka.loglevel = OFF", HoconAddMode.Append).WithPipeline(Blueprint()));
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    [Fact]
    public async Task What_is_different_is_said_and_what_is_the_same_is_not()
    {
        await ApplyAsync("");
        Assert.Empty(Lines());
        await ApplyAsync("throttle { concurrency = 7, queue = 3 }");
        await ApplyAsync("throttle { concurrency = 7, queue = 3 }");

        Assert.Equal(
            ("AkkaPerf.Hosting.PipelineReloader", LogEvents.ReloadApplied, LogLevel.Information, "Another configuration is in use: pipeline shop: throttle.concurrency, throttle.queue"),
            Assert.Single(Lines()));
    }

    [Fact]
    public async Task All_faults_are_said_once_until_they_are_others_or_gone()
    {
        await RefusedAsync("throttle.concurrency = 0, timeout = soon");
        await RefusedAsync("throttle.concurrency = 0, timeout = soon");
        var (_, id, level, text) = Assert.Single(Lines());
        Assert.Equal((LogEvents.ReloadRefused, LogLevel.Warning), (id, level));
        Assert.StartsWith("A configuration was refused, the one before stays in use: ", text, StringComparison.Ordinal);
        Assert.Contains("akkaperf.pipelines.shop.throttle.concurrency = 0", text, StringComparison.Ordinal);
        Assert.Contains("akkaperf.pipelines.shop.timeout = soon", text, StringComparison.Ordinal);

        await RefusedAsync("timeout = soon");
        await ApplyAsync("");
        await RefusedAsync("timeout = soon");
        Assert.Equal(Enumerable.Repeat(LogEvents.ReloadRefused, 3), Lines().Select(static line => line.Id));
    }

    private static PipelineBlueprint Blueprint() => PipelineBlueprint.Create<int, int>("shop", static pipeline => pipeline
        .Configure(static options => options.Health.Enabled = false)
        .Handle(static (id, _) => Task.FromResult(id)));

    private IEnumerable<(string Category, int Id, LogLevel Level, string Text)> Lines() =>
        _log.Lines.Where(static line => line.Id is LogEvents.ReloadApplied or LogEvents.ReloadRefused);

    private Task<InvalidConfigurationException> RefusedAsync(string hocon) => Assert.ThrowsAsync<InvalidConfigurationException>(() => ApplyAsync(hocon));

    private Task<IReadOnlyList<string>> ApplyAsync(string hocon) =>
        _host.Services.GetRequiredService<PipelineReloader>().ApplyAsync(
            new ConfigurationStack([ConfigurationSource.Reference, Given.Hocon($"akkaperf.pipelines.shop {{ {hocon} }}")]), [Blueprint()]);
}
