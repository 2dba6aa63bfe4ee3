using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Backends;

/// <summary>One server that can answer, as the user configures it.</summary>
public sealed class BackendOptions : IValidatableObject
{
    // Of a resolved backend the id gets the address appended, and still has to be an id.
    private const int LongestResolvedId = 50;

    /// <summary>Its name, unique within the pipeline; letters, digits, '.', '_' and '-'.</summary>
    [Required]
    [RegularExpression("[A-Za-z0-9._-]{1,100}")]
    public string Id { get; set; } = "";

    /// <summary>Where it listens: an absolute URI such as <c>http://127.0.0.1:9001</c> or <c>tcp://db:5432</c>.</summary>
    [Required]
    public Uri? Address { get; set; }

    /// <summary>What it is asked by where a protocol names the server, as in HTTP's Host and in TLS; empty, the default = its address' own.</summary>
    [RegularExpression(@"[A-Za-z0-9._:\[\]-]{0,255}")]
    public string Host { get; set; } = "";

    /// <summary>Its address' host is resolved so often, and every address found becomes a backend; 0 s to 24 h, default 0 s = never: connecting resolves it. Only of configured backends; those added at run time or brought by a source are taken as they are.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Resolve { get; set; }

    /// <summary>Its share of the traffic beside the others' weights; 0 to 1000, default 1, 0 = none.</summary>
    [Range(0, 1000)]
    public int Weight { get; set; } = 1;

    /// <summary>Its tier: 0 is asked first, the next ones take what that cannot; 0 to 15, default 0.</summary>
    [Range(0, 15)]
    public int Priority { get; set; }

    /// <summary>Where it stands; backends in <c>balancing.zone</c> are preferred. Empty = nowhere.</summary>
    [RegularExpression("[A-Za-z0-9._-]{0,100}")]
    public string Zone { get; set; } = "";

    /// <summary>Exchanges assigned to it at once; 0 to 1,000,000, default 0 = no limit of its own.</summary>
    [Range(0, 1_000_000)]
    public int MaxInFlight { get; set; }

    /// <summary>Connections to it, and so exchanges at once; 0 to 100,000, default 0 = <c>connections.max-per-backend</c>, beyond which exchanges wait in the pool.</summary>
    [Range(0, 100_000)]
    public int MaxConnections { get; set; }

    /// <summary>Off: it gets no traffic and is not probed until it is enabled; default on.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The id of the entry whose host it was found under; null if it stands for itself.</summary>
    internal string? FoundBy { get; init; }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Resolve > TimeSpan.Zero && Id.Length > LongestResolvedId)
        {
            yield return new ValidationResult($"must have at most {LongestResolvedId} characters, for each address is appended to it", [nameof(Id)]);
        }
    }

    /// <summary>The address, once everything has been found valid: backends come at run time too, past the start-up's validation.</summary>
    /// <exception cref="ArgumentException">Something is not valid.</exception>
    internal static Uri ValidAddress(BackendOptions options)
    {
        var faults = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true))
        {
            throw new ArgumentException($"The backend '{options.Id}' is not valid: {string.Join(' ', faults)}", nameof(options));
        }

        return options.Address is { IsAbsoluteUri: true } address
            ? address
            : throw new ArgumentException($"The backend '{options.Id}' needs an absolute address, not '{(options.Address is { } given ? AddressText.Mask(given.OriginalString) : null)}'.", nameof(options));
    }
}
