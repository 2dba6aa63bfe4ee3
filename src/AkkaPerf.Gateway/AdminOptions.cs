using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Gateway;

/// <summary>The operators' side of the gateway.</summary>
internal sealed class AdminOptions : IValidatableObject
{
    /// <summary>Where operators connect; loopback by default, for there is no authentication.</summary>
    [Required]
    public Uri Listen { get; set; } = new("http://127.0.0.1:8081");

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AddressRules.AdminProblem(Listen) is { } problem)
        {
            yield return new ValidationResult(problem, [nameof(Listen)]);
        }
    }
}
