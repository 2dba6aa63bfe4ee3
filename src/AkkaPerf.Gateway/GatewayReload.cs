using System.Runtime.InteropServices;
using System.Threading.Channels;
using AkkaPerf.Hosting;

namespace AkkaPerf.Gateway;

/// <summary>Takes a changed configuration or certificate into use while requests run; a faulty one is reported, and the old one stays.</summary>
internal sealed class GatewayReload : BackgroundService
{
    // What the server was opened with; all else can be changed while it serves.
    private static readonly string[] NeedsRestart = ["listen", "admin", "scheduling", "express", "event-loops", "telemetry", "drain-delay", "limits", "max-request-body", "demo-origins"];

    // What is built into a pipeline's handler.
    private static readonly string[] NeedsNewPipelines =
    [
        "activity-timeout", "max-cacheable-body", "max-streams", "stream-after", "backend-http", "preserve-host", "retry-unavailable", "backend-tls",
    ];

    private readonly GatewayState _state;
    private readonly PipelineReloader _reloader;
    private readonly IServiceProvider _services;
    private readonly ILogger<GatewayReload> _logger;
    private readonly Channel<bool> _signals = Channel.CreateUnbounded<bool>();

    // As the running pipelines have read them.
    private WatchedFiles _backendTls;

    public GatewayReload(GatewayState state, PipelineReloader reloader, IServiceProvider services, ILogger<GatewayReload> logger)
    {
        _state = state;
        _reloader = reloader;
        _services = services;
        _logger = logger;
        _backendTls = new WatchedFiles(state.Configuration.BackendTlsFiles);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var files = new WatchedFiles(_state.Configuration.WatchedFiles);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _signals.Writer.TryWrite(true);
        });
        try
        {
            while (true)
            {
                var isSignalled = await WaitAsync(stoppingToken).ConfigureAwait(false);
                if (files.HaveChanged(_state.Configuration.WatchedFiles) || isSignalled)
                {
                    await ReloadAsync(stoppingToken).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    // True when it is signalled, false when it is time to look.
    private async Task<bool> WaitAsync(CancellationToken stoppingToken)
    {
        var interval = _state.Configuration.Options.ReloadInterval;
        using var due = new Timer(_ => _signals.Writer.TryWrite(false), null, interval > TimeSpan.Zero ? interval : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var isSignalled = await _signals.Reader.ReadAsync(stoppingToken).ConfigureAwait(false);
        while (_signals.Reader.TryRead(out var another))
        {
            isSignalled |= another;
        }

        return isSignalled;
    }

    private async Task ReloadAsync(CancellationToken stoppingToken)
    {
        try
        {
            var before = _state.Configuration;
            var configuration = GatewayConfiguration.Load(before.Files);
            if (configuration.Faults.Count > 0)
            {
                await RefuseAsync(configuration.Faults).ConfigureAwait(false);
            }
            else if (configuration.IsDemo != before.IsDemo)
            {
                await RefuseAsync([new("akkaperf.gateway.routes", Value: null, "cannot become empty, or cease to be, without a restart", "the configuration")]).ConfigureAwait(false);
            }
            else
            {
                await ApplyAsync(before, configuration, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (InvalidConfigurationException exception)
        {
            await RefuseAsync(exception.Faults).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The gateway serves on, whatever went wrong here.
            GatewayLog.Failed(_logger, exception);
            await Console.Error.WriteLineAsync($"The configuration was not reloaded: {exception.Message}").ConfigureAwait(false);
        }
    }

    private async Task ApplyAsync(GatewayConfiguration before, GatewayConfiguration configuration, CancellationToken stoppingToken)
    {
        var changed = HoconBinder.Differences(before.Options, configuration.Options);
        var backendTls = new WatchedFiles(configuration.BackendTlsFiles);
        var startsAnew = changed.Any(key => Contains(NeedsNewPipelines, key)) || !backendTls.AreSameAs(_backendTls);

        configuration.Demo = before.Demo;

        // Made first: what cannot be made leaves everything as it is.
        var endpoints = GatewayEndpoints.Make(configuration, _services);
        var said = await _reloader.ApplyAsync(
            configuration.Stack,
            configuration.Blueprints(),
            _ => startsAnew,
            () =>
            {
                _state.Endpoints.Use(endpoints);
                _state.Certificates.Replace(configuration.Certificates);
                _state.Configuration = configuration;
            },
            stoppingToken).ConfigureAwait(false);
        _backendTls = backendTls;
        var late = changed.Where(key => Contains(NeedsRestart, key)).ToArray();
        await Console.Out.WriteLineAsync(
            $"Reloaded: {string.Join("; ", said.Concat(changed.Except(late).Select(static key => $"gateway.{key}")).DefaultIfEmpty("certificates and files, nothing else is different"))}").ConfigureAwait(false);
        if (late.Length > 0)
        {
            var keys = string.Join(", ", late.Select(static key => $"akkaperf.gateway.{key}"));
            GatewayLog.NeedsRestart(_logger, keys);
            await Console.Error.WriteLineAsync($"Changed, but only a restart takes it into use: {keys}").ConfigureAwait(false);
        }
    }

    private static bool Contains(string[] keys, string key) => keys.Any(known => key == known || key.StartsWith(known + ".", StringComparison.Ordinal));

    private async Task RefuseAsync(IReadOnlyCollection<ConfigurationFault> faults)
    {
        GatewayLog.Refused(_logger, string.Join("; ", faults));
        await Console.Error.WriteLineAsync($"The configuration was not reloaded, the one before stays in use; {faults.Count} fault{(faults.Count == 1 ? "" : "s")}:").ConfigureAwait(false);
        foreach (var fault in faults)
        {
            await Console.Error.WriteLineAsync(fault.ToString()).ConfigureAwait(false);
        }
    }
}
