using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AkkaPerf.Gateway;

/// <summary>The HTTP server that the gateway runs on, and whether it is one by which requests can be smuggled in.</summary>
internal static class ServerRuntime
{
    /// <summary>Its version, such as 10.0.1.</summary>
    public static string Version { get; } =
        (typeof(KestrelServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    /// <summary>What is wrong with a version; null for nothing.</summary>
    /// <remarks>CVE-2025-55315: up to the first release candidate of 10.0 a request could hide in a chunk's extension. Older ones cannot run this.</remarks>
    public static string? ProblemOf(string version) =>
        version.StartsWith("10.0.0-preview.", StringComparison.Ordinal) || version.StartsWith("10.0.0-alpha.", StringComparison.Ordinal) || version.StartsWith("10.0.0-rc.1.", StringComparison.Ordinal)
            ? $"the ASP.NET Core runtime {version} reads some requests in two ways (CVE-2025-55315); install 10.0.0 or later"
            : null;
}
