using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Routing;

/// <summary>A <see cref="HeaderTransformOptions"/> ready for use.</summary>
internal sealed class HeaderTransform
{
    private readonly string[] _removed;
    private readonly KeyValuePair<string, StringValues>[] _set;
    private readonly KeyValuePair<string, StringValues>[] _appended;

    private HeaderTransform(HeaderTransformOptions options, Func<string, bool> takes)
    {
        _removed = [.. options.Remove.Where(takes)];
        _set = [.. options.Set.Where(header => takes(header.Name)).Select(static header => KeyValuePair.Create(header.Name, new StringValues(header.Value)))];
        _appended = [.. options.Append.Where(header => takes(header.Name)).Select(static header => KeyValuePair.Create(header.Name, new StringValues(header.Value)))];
    }

    /// <summary>Null if nothing is to be changed.</summary>
    public static HeaderTransform? Of(HeaderTransformOptions options) => Of(options, static _ => true);

    /// <summary>The same for some of the headers.</summary>
    public static HeaderTransform? Of(HeaderTransformOptions options, Func<string, bool> takes)
    {
        var made = new HeaderTransform(options, takes);
        return made._removed.Length + made._set.Length + made._appended.Length == 0 ? null : made;
    }

    /// <summary>Why a header of this name cannot be changed; null if it can.</summary>
    public static string? ProblemOf(string name) =>
        !HeaderName.IsToken(name) ? "must be a header's name, such as X-Api-Version"
        : name.Equals("Host", StringComparison.OrdinalIgnoreCase) ? "must not be Host, which the key host-header sets"
        : name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) || HopByHop.Contains(name) ? "must not be a header of the connection or the framing"
        : null;

    public void Apply(IHeaderDictionary headers)
    {
        foreach (var name in _removed)
        {
            headers.Remove(name);
        }

        foreach (var (name, value) in _set)
        {
            headers[name] = value;
        }

        foreach (var (name, value) in _appended)
        {
            headers[name] = StringValues.Concat(headers[name], value);
        }
    }
}
