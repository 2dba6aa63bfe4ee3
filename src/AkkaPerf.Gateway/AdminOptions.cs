using System.ComponentModel.DataAnnotations;
using System.Net;
using AkkaPerf.Http.Hosting;

namespace AkkaPerf.Gateway;

/// <summary>The operators' side of the gateway.</summary>
internal sealed class AdminOptions : AdminAccessOptions, IValidatableObject
{
    /// <summary>Where operators connect; loopback by default, anything else needs a <see cref="AdminAccessOptions.Token"/>.</summary>
    [Required]
    public Uri Listen { get; set; } = new("http://127.0.0.1:8081");

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AddressRules.AdminProblem(Listen) is { } problem)
        {
            yield return new ValidationResult(problem, [nameof(Listen)]);
        }
        else if (Token.Length == 0 && !IsLoopback)
        {
            yield return new ValidationResult(
                $"must be set, 16 to 200 visible ASCII characters: akkaperf.gateway.admin.listen = {Listen.OriginalString} can be reached from elsewhere", [nameof(Token)]);
        }

        for (var i = 0; i < Hosts.Count; i++)
        {
            if (Uri.CheckHostName(Hosts[i]) is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6))
            {
                yield return new ValidationResult("must be a host such as gateway.shop.example, without scheme and port", [$"{nameof(Hosts)}[{i}]"]);
            }
        }
    }

    private bool IsLoopback => Listen.Host == "localhost" || (IPAddress.TryParse(Listen.IdnHost, out var address) && IPAddress.IsLoopback(address));
}
