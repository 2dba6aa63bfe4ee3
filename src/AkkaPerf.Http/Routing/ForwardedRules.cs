using System.Net;
using AkkaPerf.Http.Proxying;

namespace AkkaPerf.Http.Routing;

/// <summary>A <see cref="ForwardedOptions"/> ready for use, and what a route makes of these headers.</summary>
internal sealed class ForwardedRules
{
    private const int MappedBits = 96;

    private readonly IPNetwork[] _trusted;

    public ForwardedRules(ForwardedOptions options, HeaderTransformOptions headers)
    {
        IsEnabled = options.Enabled;
        Transform = HeaderTransform.Of(headers, ForwardedIdentity.IsName);
        _trusted = [.. options.Trusted.Select(static text => TryParse(text, out var network) ? network : throw new FormatException($"{text} is no network."))];
    }

    /// <summary>Nobody is trusted.</summary>
    public static ForwardedRules Default { get; } = new(new ForwardedOptions(), new HeaderTransformOptions());

    public bool IsEnabled { get; }

    /// <summary>What the route says of these headers itself; null for nothing.</summary>
    public HeaderTransform? Transform { get; }

    /// <summary>Reads a network or an address; false if it is none, or written in a way that may be read as another one.</summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address) || !IsSpeltOut(address, slash < 0 ? text : text[..slash]))
        {
            network = default;
            return false;
        }

        if (slash < 0)
        {
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }
        else if (!IPNetwork.TryParse(text, out network))
        {
            return false;
        }

        if (network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= MappedBits)
        {
            network = new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedBits);
        }

        return true;
    }

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

    // "10.1" is 10.0.0.1 to a parser, and "010.0.0.1" is 8.0.0.1.
    private static bool IsSpeltOut(IPAddress address, string text) => text.Contains(':', StringComparison.Ordinal) || address.ToString() == text;
}
