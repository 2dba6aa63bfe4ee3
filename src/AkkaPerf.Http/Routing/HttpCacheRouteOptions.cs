using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Routing;

/// <summary>What the cache does differently for a route.</summary>
public sealed class HttpCacheRouteOptions : IValidatableObject
{
    /// <summary>Whether the cache takes part; default auto.</summary>
    public HttpCacheMode Mode { get; set; }

    /// <summary>Life of what is stored, in the place of what it says itself; 0 s to 365 d, default 0 s = as it says. Mode force needs one.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Ttl { get; set; }

    /// <summary>On: what clients say in Cache-Control and Pragma does not count; default off.</summary>
    public bool IgnoreClients { get; set; }

    /// <summary>Query parameters that make no difference, such as utm_source: requests that differ in them only are answered alike.</summary>
    public IList<string> IgnoreQuery { get; set; } = [];

    /// <summary>Headers that make a difference though no Vary names them.</summary>
    public IList<string> KeyHeaders { get; set; } = [];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Mode == HttpCacheMode.Force && Ttl <= TimeSpan.Zero)
        {
            yield return new ValidationResult("needs a ttl of more than 0s", [nameof(Mode)]);
        }

        for (var i = 0; i < KeyHeaders.Count; i++)
        {
            if (!HeaderName.IsToken(KeyHeaders[i]))
            {
                yield return new ValidationResult("must be the name of a header", [$"{nameof(KeyHeaders)}[{i}]"]);
            }
        }
    }
}
