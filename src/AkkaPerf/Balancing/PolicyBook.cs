using AkkaPerf.Backends;

namespace AkkaPerf.Balancing;

/// <summary>The policies that a pipeline knows by name, and the one it uses now. Any thread.</summary>
/// <remarks>What is known of the backends belongs to them, not to the policy: another policy goes on with it.</remarks>
internal sealed class PolicyBook
{
    private readonly IReadOnlyDictionary<string, Func<IBalancingPolicy>> _registered;
    private readonly BalancingOptions _options;
    private readonly BackendDirectory _directory;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private volatile Entry _current;

    /// <param name="options">Which to begin with, and how they are set.</param>
    /// <param name="registered">The user's own, by name; they come before ours.</param>
    /// <param name="directory">The backends.</param>
    /// <param name="time">The pipeline's clock.</param>
    /// <param name="random">Where the first picks fall.</param>
    /// <exception cref="ArgumentException">There is no policy of that name.</exception>
    public PolicyBook(
        BalancingOptions options, IReadOnlyDictionary<string, Func<IBalancingPolicy>> registered, BackendDirectory directory, TimeProvider time, Random random)
    {
        _options = options;
        _registered = registered;
        _directory = directory;
        _time = time;
        _random = random;
        _current = Create(options.Policy);
    }

    /// <summary>The name of the one in use.</summary>
    public string Name => _current.Name;

    public IBalancingPolicy Current => _current.Policy;

    /// <summary>All there are.</summary>
    public IReadOnlyList<string> Names => [.. BalancingPolicies.Names.Concat(_registered.Keys).Distinct()];

    /// <summary>Uses another one from now on, once it is prepared: who picks meanwhile picks by the one before.</summary>
    /// <exception cref="ArgumentException">There is no policy of that name; the one in use stays.</exception>
    public void Use(string name) => _current = Create(name);

    private Entry Create(string name)
    {
        var policy = _registered.TryGetValue(name, out var create)
            ? create()
            : BalancingPolicies.Create(name, _options, _time.TimestampFrequency, (uint)_random.Next());
        if (policy is null)
        {
            throw new ArgumentException(
                $"There is no balancing policy '{name}'; there are {string.Join(", ", Names)}.", nameof(name));
        }

        if (policy is IPreparedPolicy prepared)
        {
            foreach (var part in _directory.Current.Parts)
            {
                prepared.Prepare(part.Group);
            }
        }

        return new Entry(name, policy);
    }

    private sealed record Entry(string Name, IBalancingPolicy Policy);
}
