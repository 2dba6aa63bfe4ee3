using AkkaPerf.Backends;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Hosting;

namespace AkkaPerf.Gateway;

/// <summary>The gateway's configuration, read and checked before anything is built.</summary>
internal sealed class GatewayConfiguration
{
    private const string DemoPipeline = "demo";

    // As the most detailed metrics tell them apart: by how requests ended and why backends were ejected, by the state that a backend is in.
    private const int SeriesOfPipeline = 16;
    private const int SeriesOfBackend = 8;

    private readonly IReadOnlyList<ConfigurationSetting> _settings;

    private GatewayConfiguration(
        (IReadOnlyList<string> Files, ConfigurationStack Stack) sources,
        GatewayOptions? options,
        TimeSpan drainTimeout,
        (IReadOnlyList<ConfigurationFault> Faults, IReadOnlyList<ConfigurationSetting> Settings) found)
    {
        Files = sources.Files;
        Stack = sources.Stack;
        Options = options ?? new GatewayOptions();
        DrainTimeout = drainTimeout;
        Faults = found.Faults;
        _settings = found.Settings;
        Pipelines = IsDemo ? [DemoPipeline] : [.. PipelinesOf(Options).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The overlays, the weakest first.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>All that the configuration was read from.</summary>
    public ConfigurationStack Stack { get; }

    public GatewayOptions Options { get; }

    /// <summary>The certificates that were read with it.</summary>
    public CertificateStore Certificates { get; private init; } = CertificateStore.Read(new TlsOptions(), []);

    /// <summary>How many series a metric of its pipelines and backends may have.</summary>
    public int Series { get; private init; }

    /// <summary>The embedded origins, if there is nothing else to forward to.</summary>
    public IReadOnlyList<BackendOptions> Demo { get; set; } = [];

    /// <summary>What a change of matters: the overlays, and the files that they name.</summary>
    public IEnumerable<string> WatchedFiles => Files
        .Concat(Options.Tls.Certificates.SelectMany(static certificate => new[] { certificate.File, certificate.KeyFile }))
        .Where(static file => file.Length > 0)
        .Concat(BackendTlsFiles);

    /// <summary>What is read when pipelines are made.</summary>
    public IEnumerable<string> BackendTlsFiles =>
        new[] { Options.BackendTls.RootsFile, Options.BackendTls.CertificateFile, Options.BackendTls.KeyFile }.Where(static file => file.Length > 0);

    /// <summary>Everything that is wrong; if there is anything, the rest must not be used.</summary>
    public IReadOnlyList<ConfigurationFault> Faults { get; }

    /// <summary>The pipelines to be defined.</summary>
    public IReadOnlyList<string> Pipelines { get; }

    /// <summary>The longest drain of any pipeline.</summary>
    public TimeSpan DrainTimeout { get; }

    /// <summary>Whether nothing is configured to forward to.</summary>
    public bool IsDemo => Options.Routes.Count == 0;

    public static GatewayConfiguration Load(IReadOnlyList<string> files)
    {
        var stack = new ConfigurationStack(
            [ConfigurationSource.Reference, .. files.Select(ConfigurationSource.FromFile), ConfigurationSource.FromEnvironment()]);
        var gateway = HoconBinder.Bind<GatewayOptions>(stack, "gateway");
        var pipelines = new PipelineConfiguration(stack);
        var faults = gateway.Faults.Concat(pipelines.Check()).ToList();
        var settings = gateway.Settings.ToList();

        // Where something is faulty the rest is looked at all the same, but not for what does not fit together: it may be the fault that does not.
        var isSound = gateway.Faults.Count == 0;
        var options = gateway.AsRead;
        string[] names = options.Routes.Count == 0 ? [DemoPipeline] : [.. PipelinesOf(options).Distinct(StringComparer.Ordinal)];
        var drainTimeout = TimeSpan.Zero;
        var backends = options.Routes.Count == 0 ? options.DemoOrigins : 0;
        foreach (var name in names)
        {
            var bound = pipelines.BindHttp(name);
            faults.AddRange(bound.Faults);
            settings.AddRange(bound.Settings);
            if (!bound.Faults.Any(fault => Concerns(fault, name)))
            {
                drainTimeout = bound.AsRead.DrainTimeout > drainTimeout ? bound.AsRead.DrainTimeout : drainTimeout;
                backends += bound.AsRead.Backends.Count;
                faults.AddRange(CheckBackends(options, name, (bound.AsRead.Backends, SourceOf)));
            }
        }

        faults.AddRange(RouteRules.Check(options.Routes, SourceOf));
        if (isSound)
        {
            faults.AddRange(pipelines.CheckDefined(names));
            faults.AddRange(AddressRules.CheckListeners(options, SourceOf));
            faults.AddRange(AddressRules.CheckAdminCertificate(options, SourceOf));
        }

        var unreadable = new List<(int Index, string Problem)>();
        var certificates = CertificateStore.Read(options.Tls, unreadable);
        faults.AddRange(unreadable.Where(item => options.Tls.Certificates[item.Index].File.Length > 0).Select(item => FaultOf(item, options, SourceOf)));
        faults.AddRange(CheckBackendTls(options.BackendTls, SourceOf));
        return new((files, stack), isSound ? options : null, drainTimeout, ([.. faults.Distinct()], settings))
        {
            Certificates = certificates,
            Series = (names.Length * SeriesOfPipeline) + (backends * SeriesOfBackend),
        };

        string SourceOf(string path) => settings.FirstOrDefault(setting => setting.Path == path)?.Source ?? "default";
    }

    /// <summary>The pipelines that the routes lead to.</summary>
    public IReadOnlyCollection<PipelineBlueprint> Blueprints() => [.. Pipelines.Select(name => HttpPipelines.Blueprint(
        name,
        http =>
        {
            http.ActivityTimeout = Options.ActivityTimeout;
            http.MaxCacheableBodyBytes = Options.MaxCacheableBody;
            http.MaxStreams = Options.MaxStreams;
            http.StreamAfter = Options.StreamAfter;
            http.BackendHttp = Options.BackendHttp;
            http.UseEventLoops = Options.UsesEventLoops;
            http.PreserveHost = Options.PreserveHost;
            http.RetryUnavailable = Options.RetryUnavailable;
            http.BackendTls = Options.BackendTls;
        },
        pipeline => pipeline.Configure(defaults =>
        {
            foreach (var backend in Demo)
            {
                defaults.Backends.Add(backend);
            }
        })))];

    /// <summary>Prints every value in effect and where it comes from.</summary>
    public async Task PrintAsync(TextWriter output)
    {
        foreach (var setting in _settings)
        {
            await output.WriteLineAsync(setting.ToString()).ConfigureAwait(false);
        }
    }

    // Another pipeline's fault is no reason not to look at this one.
    private static bool Concerns(ConfigurationFault fault, string pipeline) =>
        !fault.Path.StartsWith("akkaperf.pipelines.", StringComparison.Ordinal) || $"{fault.Path}.".StartsWith($"akkaperf.pipelines.{pipeline}.", StringComparison.Ordinal);

    private static IEnumerable<string> PipelinesOf(GatewayOptions options) =>
        options.Routes.Where(static route => !route.IsForAssets && route.Pipeline.Length > 0).Select(static route => route.Pipeline);

    private static ConfigurationFault FaultOf((int Index, string Problem) item, GatewayOptions options, Func<string, string> sourceOf)
    {
        var path = $"akkaperf.gateway.tls.certificates[{item.Index}].file";
        return new(path, options.Tls.Certificates[item.Index].File, item.Problem, sourceOf(path));
    }

    private static IEnumerable<ConfigurationFault> CheckBackendTls(BackendTlsOptions options, Func<string, string> sourceOf)
    {
        if (options.Problem is { } problem)
        {
            var path = $"akkaperf.gateway.backend-tls.{problem.Key}";
            yield return new(path, problem.File, problem.Text, sourceOf(path));
        }
    }

    private static IEnumerable<ConfigurationFault> CheckBackends(
        GatewayOptions options, string name, (IList<BackendOptions> Backends, Func<string, string> SourceOf) bound)
    {
        var (backends, sourceOf) = bound;
        var path = $"akkaperf.pipelines.{name}.backends";
        if (options.Routes.Count > 0 && backends.Count == 0)
        {
            yield return new(path, Value: null, $"must have at least one backend: a route leads to '{name}'", "routes");
        }

        for (var i = 0; i < backends.Count; i++)
        {
            if (AddressRules.BackendProblem(backends[i].Address) is { } problem)
            {
                var key = $"{path}[{i}].address";
                yield return new(key, AddressText.Mask(backends[i].Address!.OriginalString), problem, sourceOf(key));
            }
        }
    }
}
