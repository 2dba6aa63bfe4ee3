using System.Diagnostics;
using System.Reflection;
using Akka.Actor;
using AkkaPerf.Hosting;
using HdrHistogram;
using Yarp.ReverseProxy.Configuration;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>The programs on the machine that take part, and which they are.</summary>
internal static class Programs
{
    private static readonly (string Name, string Argument)[] Native = [("nginx", "-v"), ("haproxy", "-v"), ("varnishd", "-V"), ("wrk", "-v"), ("h2load", "--version")];

    public static bool Has(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <summary>Of everything that was found.</summary>
    public static async Task<Dictionary<string, string>> VersionsAsync()
    {
        var versions = new Dictionary<string, string>
        {
            ["AkkaPerf"] = Version(typeof(IPipelines)),
            ["Akka"] = Version(typeof(ActorSystem)),
            ["YARP"] = Version(typeof(RouteConfig)),
            ["HdrHistogram"] = Version(typeof(LongHistogram)),
        };
        foreach (var (name, argument) in Native.Where(static one => Has(one.Name)))
        {
            versions[name] = await FirstLineAsync(name, argument);
        }

        return versions;
    }

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    // Some say it on one stream, some on the other.
    private static async Task<string> FirstLineAsync(string name, string argument)
    {
        using var process = Process.Start(new ProcessStartInfo(name, argument) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        return text.Split('\n').First(static line => line.Trim().Length > 0).Trim();
    }
}
