using AkkaPerf.Backends;
using AkkaPerf.Hosting;

namespace AkkaPerf.Gateway;

/// <summary>The gateway's configuration, read and checked before anything is built.</summary>
internal sealed class GatewayConfiguration
{
    private const string Demo = "demo";

    private readonly IReadOnlyList<ConfigurationSetting> _settings;

    private GatewayConfiguration(
        IReadOnlyList<string> files, GatewayOptions? options, TimeSpan drainTimeout, (IReadOnlyList<ConfigurationFault> Faults, IReadOnlyList<ConfigurationSetting> Settings) found)
    {
        Files = files;
        Options = options ?? new GatewayOptions();
        DrainTimeout = drainTimeout;
        Faults = found.Faults;
        _settings = found.Settings;
        Pipelines = IsDemo ? [Demo] : [.. Options.Routes.Select(route => route.Pipeline).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The overlays, the weakest first.</summary>
    public IReadOnlyList<string> Files { get; }

    public GatewayOptions Options { get; }

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
        if (gateway.Faults.Count > 0)
        {
            return new(files, options: null, TimeSpan.Zero, ([.. faults.Distinct()], settings));
        }

        var options = gateway.Value;
        var names = options.Routes.Select(route => route.Pipeline).DefaultIfEmpty(Demo).Distinct(StringComparer.Ordinal).ToArray();
        faults.AddRange(pipelines.CheckDefined(names));
        var drainTimeout = TimeSpan.Zero;
        foreach (var name in names)
        {
            var bound = pipelines.BindHttp(name);
            faults.AddRange(bound.Faults);
            settings.AddRange(bound.Settings);
            if (bound.Faults.Count == 0)
            {
                drainTimeout = bound.Value.DrainTimeout > drainTimeout ? bound.Value.DrainTimeout : drainTimeout;
                faults.AddRange(CheckBackends(options, name, (bound.Value.Backends, SourceOf)));
            }
        }

        faults.AddRange(RouteRules.Check(options.Routes, SourceOf));
        faults.AddRange(AddressRules.CheckListeners(options, SourceOf));
        return new(files, options, drainTimeout, ([.. faults.Distinct()], settings));

        string SourceOf(string path) => settings.FirstOrDefault(setting => setting.Path == path)?.Source ?? "default";
    }

    /// <summary>Prints every value in effect and where it comes from.</summary>
    public async Task PrintAsync(TextWriter output)
    {
        foreach (var setting in _settings)
        {
            await output.WriteLineAsync(setting.ToString()).ConfigureAwait(false);
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
