using System.ComponentModel.DataAnnotations;
using AkkaPerf.Http.Routing;

namespace AkkaPerf.Gateway;

/// <summary>Requests that go to one pipeline, and what is special about them.</summary>
internal sealed class RouteOptions : HttpRouteOptions
{
    /// <summary>An ASP.NET Core route pattern such as <c>/api/{**path}</c>.</summary>
    [Required]
    public string Match { get; set; } = "";

    /// <summary>The pipeline's name.</summary>
    [Required]
    public string Pipeline { get; set; } = "";

    /// <summary>Only for this host; may start with <c>*.</c>; empty for all.</summary>
    public string Host { get; set; } = "";

    /// <summary>Only these methods; empty for all.</summary>
    public IList<string> Methods { get; set; } = [];
}
