using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Transport.Wire;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>Who asked whom and how, as the backend is told: X-Forwarded-* and Forwarded (RFC 7239).</summary>
/// <remarks>
/// Kept with the client's connection, where it stays the same from request to request. What the client itself says of this is dropped, unless
/// it is a proxy that is trusted: then our hop is added behind its own, and who asked it first, for which host and by which scheme, stays.
/// </remarks>
internal sealed class ForwardedIdentity
{
    private const string Prefix = "X-Forwarded-";
    private const string For = "X-Forwarded-For";
    private const string Proto = "X-Forwarded-Proto";
    private const string Host = "X-Forwarded-Host";

    private static readonly object Key = new();

    private readonly string _host;
    private readonly string _scheme;
    private readonly string? _address;
    private readonly string _forwarded;

    // What is written of it, made when it is first. Any thread: one that makes it anew makes the same.
    private byte[]? _lines;

    private ForwardedIdentity(IPAddress? address, string host, string scheme)
    {
        _host = host;
        _scheme = scheme;
        var client = Plain(address);
        _address = client?.ToString();
        var node = client switch
        {
            null => "unknown",
            { AddressFamily: AddressFamily.InterNetworkV6 } => $"\"[{_address}]\"",
            _ => _address,
        };
        _forwarded = IsQuotable(host) ? $"for={node};host=\"{host}\";proto={scheme}" : $"for={node};proto={scheme}";
    }

    /// <summary>Whether a header says who asked, and so is not forwarded as it came. With underscores too: to CGI and its heirs they are dashes.</summary>
    public static bool IsName(string name) =>
        name.Length >= "Forwarded".Length
        && (char)(name[0] | 0x20) switch
        {
            'f' => name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase),
            'x' => name.Length > Prefix.Length - 1 && name[1] is '-' or '_' && name[Prefix.Length - 1] is '-' or '_'
                && name.AsSpan(2).StartsWith("Forwarded", StringComparison.OrdinalIgnoreCase),
            _ => false,
        };

    /// <summary>Whether it says something that we do not say ourselves, which a proxy that is trusted may.</summary>
    public static bool IsOther(string name) =>
        name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
        && IsName(name)
        && !name.Equals(For, StringComparison.OrdinalIgnoreCase)
        && !name.Equals(Proto, StringComparison.OrdinalIgnoreCase)
        && !name.Equals(Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>The first line that says something; null if none does.</summary>
    public static string? First(StringValues told)
    {
        for (var i = 0; i < told.Count; i++)
        {
            if (told[i] is { Length: > 0 } first)
            {
                return first;
            }
        }

        return null;
    }

    private static ForwardedIdentity Of(HttpContext context)
    {
        var host = context.Request.Headers.Host.ToString();
        var scheme = context.Request.Scheme;
        var items = context.Features.Get<IConnectionItemsFeature>()?.Items;
        if (items is null)
        {
            return new ForwardedIdentity(context.Connection.RemoteIpAddress, host, scheme);
        }

        // Requests of an HTTP/2 connection run side by side, and its items are not made for that.
        lock (items)
        {
            if (items.TryGetValue(Key, out var item) && item is ForwardedIdentity known && known._host == host && known._scheme == scheme)
            {
                return known;
            }

            var identity = new ForwardedIdentity(context.Connection.RemoteIpAddress, host, scheme);
            items[Key] = identity;
            return identity;
        }
    }

    /// <summary>Adds who asked, as a route's rules have it.</summary>
    public static void Add(HttpContext context, ForwardedRules rules, HttpRequestHeaders headers)
    {
        var target = new MessageFieldTarget(headers);
        if (rules.Transform is not null)
        {
            AddChanged(context, rules, ref target);
        }
        else if (rules.IsEnabled)
        {
            Of(context).WriteTo(ToldBy(context, rules), ref target);
        }
    }

    /// <summary>The same for a head.</summary>
    public static void Add(HttpContext context, ForwardedRules rules, ref HeadWriter writer)
    {
        if (rules.Transform is not null)
        {
            AddChanged(context, rules, ref writer);
            return;
        }

        if (!rules.IsEnabled)
        {
            return;
        }

        var identity = Of(context);
        if (rules.Trusts(context.Connection.RemoteIpAddress))
        {
            identity.WriteTo(context.Request.Headers, ref writer);
        }
        else
        {
            identity.WriteKept(ref writer);
        }
    }

    private static IHeaderDictionary? ToldBy(HttpContext context, ForwardedRules rules) =>
        rules.Trusts(context.Connection.RemoteIpAddress) ? context.Request.Headers : null;

    // The route has the last word.
    private static void AddChanged<TTarget>(HttpContext context, ForwardedRules rules, ref TTarget target)
        where TTarget : IFieldTarget, allows ref struct
    {
        var fields = new HeaderDictionary();
        if (rules.IsEnabled)
        {
            var own = new DictionaryFieldTarget(fields);
            Of(context).WriteTo(ToldBy(context, rules), ref own);
        }

        rules.Transform!.Apply(fields);
        foreach (var (name, values) in fields)
        {
            target.Add(name, Join(values));
        }
    }

    // The same bytes each time, but for what cannot be written at all.
    private void WriteKept(ref HeadWriter writer)
    {
        if (_lines is null)
        {
            var own = new HeadWriter();
            WriteTo(told: null, ref own);
            if (!own.IsFaulty)
            {
                _lines = [.. own.Take()];
            }

            own.Drop();
        }

        if (_lines is not null)
        {
            writer.Write(_lines);
        }
        else
        {
            WriteTo(told: null, ref writer);
        }
    }

    // Behind what a proxy told of the way before it, if there is one that is trusted.
    private void WriteTo<TTarget>(IHeaderDictionary? told, ref TTarget target)
        where TTarget : IFieldTarget, allows ref struct
    {
        if (_address is not null)
        {
            target.Add(For, Join(told?[For] ?? default, _address));
        }

        target.Add(Proto, First(told?[Proto] ?? default) ?? _scheme);
        if ((First(told?[Host] ?? default) ?? _host) is { Length: > 0 } host)
        {
            target.Add(Host, host);
        }

        var way = told?["Forwarded"] ?? default;
        target.Add("Forwarded", Join(ForwardedList.IsSound(way) ? way : default, _forwarded));
        if (told is null)
        {
            return;
        }

        foreach (var (name, values) in told)
        {
            if (IsOther(name))
            {
                target.Add(name, Join(values));
            }
        }
    }

    private static string Join(StringValues told, string added) => Join(told) is { Length: > 0 } before ? $"{before}, {added}" : added;

    // Lines that say nothing are left out.
    private static string Join(StringValues lines) =>
        lines.Count == 1 ? lines.ToString() : string.Join(", ", lines.Where(static line => !string.IsNullOrWhiteSpace(line)));

    // As RFC 7239 has it: an IPv4 address as such, and without the zone, which means something on this machine alone.
    private static IPAddress? Plain(IPAddress? address) => address switch
    {
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4(),
        { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } => new IPAddress(address.GetAddressBytes()),
        _ => address,
    };

    private static bool IsQuotable(string host) => host.Length > 0 && !host.AsSpan().ContainsAny('"', '\\');
}
