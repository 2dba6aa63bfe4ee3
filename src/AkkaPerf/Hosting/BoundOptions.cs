namespace AkkaPerf.Hosting;

/// <summary>Options read from a configuration, together with what was found wrong and where each value comes from.</summary>
/// <typeparam name="TOptions">The options class.</typeparam>
public sealed class BoundOptions<TOptions>
    where TOptions : class
{
    private readonly TOptions _options;

    internal BoundOptions(TOptions options, IEnumerable<ConfigurationFault> faults, IReadOnlyList<ConfigurationSetting> settings)
    {
        _options = options;
        Faults = [.. faults.Distinct()];
        Settings = settings;
    }

    /// <summary>Everything that is wrong; empty if the options may be used.</summary>
    public IReadOnlyList<ConfigurationFault> Faults { get; }

    /// <summary>Every value in effect and where it comes from, in the order of the options' properties.</summary>
    public IReadOnlyList<ConfigurationSetting> Settings { get; }

    /// <summary>The options.</summary>
    /// <exception cref="InvalidConfigurationException">There are faults.</exception>
    public TOptions Value
    {
        get
        {
            InvalidConfigurationException.ThrowIfAny(Faults);
            return _options;
        }
    }

    /// <summary>The options as far as they could be read, to find more faults in; what is wrong may have its default.</summary>
    public TOptions AsRead => _options;

    /// <summary>The same, with more found wrong.</summary>
    internal BoundOptions<TOptions> With(IEnumerable<ConfigurationFault> faults) => new(_options, Faults.Concat(faults), Settings);
}
