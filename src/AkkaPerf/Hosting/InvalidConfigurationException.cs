namespace AkkaPerf.Hosting;

/// <summary>The configuration has faults; the message lists all of them, one a line.</summary>
public sealed class InvalidConfigurationException : Exception
{
    /// <summary>Makes one of at least one fault; a fault that was found twice counts once.</summary>
    public InvalidConfigurationException(IEnumerable<ConfigurationFault> faults)
        : this([.. faults.Distinct()])
    {
    }

    private InvalidConfigurationException(ConfigurationFault[] faults)
        : base(Describe(faults)) => Faults = faults;

    /// <summary>Everything that is wrong.</summary>
    public IReadOnlyList<ConfigurationFault> Faults { get; }

    /// <summary>Throws if there is a fault.</summary>
    /// <exception cref="InvalidConfigurationException">There is.</exception>
    public static void ThrowIfAny(IEnumerable<ConfigurationFault> faults)
    {
        ConfigurationFault[] all = [.. faults];
        if (all.Length > 0)
        {
            throw new InvalidConfigurationException(all);
        }
    }

    private static string Describe(ConfigurationFault[] faults)
    {
        var count = faults.Length == 1 ? "a fault" : $"{faults.Length} faults";
        return string.Join('\n', faults.Select(fault => $"  {fault}").Prepend($"The configuration has {count}:"));
    }
}
