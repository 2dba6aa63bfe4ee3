using System.Net;

namespace AkkaPerf.Http.Routing;

/// <summary>A <see cref="ForwardedOptions"/> ready for use.</summary>
internal sealed class ForwardedRules
{
    private readonly IPNetwork[] _trusted;

    public ForwardedRules(ForwardedOptions options)
    {
        IsEnabled = options.Enabled;
        _trusted = [.. options.Trusted.Select(Parse)];
    }

    /// <summary>Nobody is trusted.</summary>
    public static ForwardedRules Default { get; } = new(new ForwardedOptions());

    public bool IsEnabled { get; }

    public bool Trusts(IPAddress? address)
    {
        if (_trusted.Length == 0 || address is null)
        {
            return false;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var network in _trusted)
        {
            if (network.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }

    private static IPNetwork Parse(string text) =>
        IPNetwork.TryParse(text, out var network) ? network : new IPNetwork(IPAddress.Parse(text), IPAddress.Parse(text).GetAddressBytes().Length * 8);
}
