using System.ComponentModel.DataAnnotations;
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
}
