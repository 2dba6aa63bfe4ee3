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

    private HeaderTransform(HeaderTransformOptions options)
    {
        _removed = [.. options.Remove];
        _set = [.. options.Set.Select(static header => KeyValuePair.Create(header.Name, new StringValues(header.Value)))];
        _appended = [.. options.Append.Select(static header => KeyValuePair.Create(header.Name, new StringValues(header.Value)))];
    }

    /// <summary>Null if nothing is to be changed.</summary>
    public static HeaderTransform? Of(HeaderTransformOptions options) =>
        options.Remove.Count + options.Set.Count + options.Append.Count == 0 ? null : new HeaderTransform(options);

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
