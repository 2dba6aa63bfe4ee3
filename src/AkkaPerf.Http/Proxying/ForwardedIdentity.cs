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
        var isMapped = address is { IsIPv4MappedToIPv6: true };
        var client = isMapped ? address!.MapToIPv4() : address;
        _address = client?.ToString();
        var node = client switch
        {
            null => "unknown",
            { AddressFamily: AddressFamily.InterNetworkV6 } => $"\"[{_address}]\"",
            _ => _address,
        };
        _forwarded = IsQuotable(host) ? $"for={node};host=\"{host}\";proto={scheme}" : $"for={node};proto={scheme}";
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
        if (!rules.IsEnabled)
        {
            return;
        }

        var target = new MessageFieldTarget(headers);
        Of(context).WriteTo(rules.Trusts(context.Connection.RemoteIpAddress) ? context.Request.Headers : null, ref target);
    }

    /// <summary>The same for a head.</summary>
    public static void Add(HttpContext context, ForwardedRules rules, ref HeadWriter writer)
    {
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
            target.Add("X-Forwarded-For", Join(told?["X-Forwarded-For"] ?? default, _address));
        }

        target.Add("X-Forwarded-Proto", First(told?["X-Forwarded-Proto"] ?? default) ?? _scheme);
        if ((First(told?["X-Forwarded-Host"] ?? default) ?? _host) is { Length: > 0 } host)
        {
            target.Add("X-Forwarded-Host", host);
        }

        target.Add("Forwarded", Join(told?["Forwarded"] ?? default, _forwarded));
    }

    private static string Join(StringValues told, string added) => told.Count == 0 ? added : $"{string.Join(", ", (IEnumerable<string?>)told)}, {added}";

    private static string? First(StringValues told) => told.Count > 0 && told[0] is { Length: > 0 } first ? first : null;

    private static bool IsQuotable(string host) => host.Length > 0 && !host.AsSpan().ContainsAny('"', '\\');
}
