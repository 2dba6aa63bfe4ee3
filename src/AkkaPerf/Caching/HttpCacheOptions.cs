using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace AkkaPerf.Caching;

/// <summary>What the cache of a pipeline that forwards HTTP does with responses; other pipelines do not look at it.</summary>
public sealed partial class HttpCacheOptions : IValidatableObject
{
    /// <summary>How much of what RFC 9111 lets a shared cache store is stored; default safe.</summary>
    public HttpCacheProfile Profile { get; set; }

    /// <summary>Fields that speak to this cache only and go before Cache-Control, the first before the next (RFC 9213); default AkkaPerf-Cache-Control and CDN-Cache-Control.</summary>
    public IList<string> TargetedFields { get; set; } = ["AkkaPerf-Cache-Control", "CDN-Cache-Control"];

    /// <summary>The name under which Cache-Status (RFC 9211) says how the cache took part; empty: it is not said. Default AkkaPerf.</summary>
    [RegularExpression("^([A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*)?$", ErrorMessage = "must be a name that begins with a letter, without spaces, such as edge-1")]
    public string CacheStatus { get; set; } = "AkkaPerf";

    /// <summary>The response field whose members, separated by spaces or commas, are tags to purge by; empty: none. Default Surrogate-Key.</summary>
    [RegularExpression("^[!#$%&'*+.^_`|~0-9A-Za-z-]*$", ErrorMessage = "must be the name of a field")]
    public string TagField { get; set; } = "Surrogate-Key";

    /// <summary>
    /// Hosts of which anything is kept, such as shop.example, shop.example:8080 or *.shop.example, which is any name below it; requests for others pass.
    /// Empty, the default: all that the routes take.
    /// </summary>
    public IList<string> Hosts { get; set; } = [];

    /// <summary>On: No-Vary-Search says which differences of the query do not matter; default off.</summary>
    public bool NoVarySearch { get; set; }

    /// <summary>After its life a response is kept this long, to ask whether it has changed, and to be given while no backend can be reached; 0 s to 365 d, default 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Keep { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Responses of one URL that differ by what Vary names; the oldest goes first; 1 to 1000, default 32.</summary>
    [Range(1, 1000)]
    public int MaxVariants { get; set; } = 32;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
    [
        .. FaultsOf(TargetedFields, nameof(TargetedFields), FieldName(), "must be the name of a field"),
        .. FaultsOf(Hosts, nameof(Hosts), Host(), "must be a host such as shop.example, shop.example:8080, [::1]:8080 or *.shop.example"),
    ];

    private static IEnumerable<ValidationResult> FaultsOf(IList<string> values, string name, Regex allowed, string message) => values
        .Select((value, i) => (Value: value, Index: i))
        .Where(one => !allowed.IsMatch(one.Value))
        .Select(one => new ValidationResult(message, [$"{name}[{one.Index}]"]));

    [GeneratedRegex(@"^((\*\.)?[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Host();

    [GeneratedRegex("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FieldName();
}
