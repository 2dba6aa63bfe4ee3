using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using AkkaPerf.Http.Assets;
using AkkaPerf.Http.Routing;

namespace AkkaPerf.Gateway;

/// <summary>Requests that go to one pipeline, or to the files of a directory, and what is special about them.</summary>
internal sealed class RouteOptions : HttpRouteOptions, IValidatableObject
{
    /// <summary>An ASP.NET Core route pattern such as <c>/api/{**path}</c>.</summary>
    [Required]
    public string Match { get; set; } = "";

    /// <summary>The pipeline's name; empty if <see cref="Assets"/> has a directory.</summary>
    public string Pipeline { get; set; } = "";

    /// <summary>Files that answer instead of a pipeline.</summary>
    public AssetOptions Assets { get; set; } = new();

    /// <summary>Only for this host; may start with <c>*.</c>; empty for all.</summary>
    public string Host { get; set; } = "";

    /// <summary>The host as clients write it: in ASCII (RFC 5891). What cannot be written so stays as it is.</summary>
    internal string AsciiHost => Ascii.IsValid(Host) ? Host : ToAscii(Host);

    /// <summary>Only these methods; empty for all.</summary>
    public IList<string> Methods { get; set; } = [];

    /// <summary>Whether it leads to files.</summary>
    internal bool IsForAssets => Assets.Directory.Length > 0;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Pipeline.Length == 0 && !IsForAssets)
        {
            yield return new ValidationResult("must be the name of a pipeline, unless assets.directory says where files are", [nameof(Pipeline)]);
        }
        else if (Pipeline.Length > 0 && IsForAssets)
        {
            yield return new ValidationResult("must not be there beside assets.directory: a route leads to one of them", [nameof(Pipeline)]);
        }
    }

    private static string ToAscii(string host)
    {
        var start = host.StartsWith("*.", StringComparison.Ordinal) ? 2 : 0;
        var colon = host.LastIndexOf(':');
        var end = colon < 0 ? host.Length : colon;
        try
        {
            return string.Concat(host.AsSpan(0, start), new IdnMapping().GetAscii(host[start..end]), host.AsSpan(end));
        }
        catch (ArgumentException)
        {
            return host;
        }
    }
}
