using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Routing;

/// <summary>How backends are told who asks: X-Forwarded-For, -Proto, -Host and Forwarded (RFC 7239). What a route's request headers say of these, or of other X-Forwarded headers, comes last.</summary>
public sealed class ForwardedOptions : IValidatableObject
{
    /// <summary>Off: none of these headers reaches a backend; on, the default: they do.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Networks of proxies whose own such headers are believed and added to, such as 10.0.0.0/8; from anybody else they are dropped.</summary>
    public IList<string> Trusted { get; set; } = [];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (var i = 0; i < Trusted.Count; i++)
        {
            if (!ForwardedRules.TryParse(Trusted[i], out _))
            {
                yield return new ValidationResult("must be an IP network such as 10.0.0.0/8 or fd00::/8, or an IP address", [$"{nameof(Trusted)}[{i}]"]);
            }
        }
    }
}
