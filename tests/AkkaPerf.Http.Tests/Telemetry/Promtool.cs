using System.Diagnostics;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Telemetry;

/// <summary>Prometheus' own reader of its text format.</summary>
internal static class Promtool
{
    /// <summary>Where it is; null if it is not on the path.</summary>
    public static string? Executable { get; } = Programs.Find("promtool");

    /// <summary>Has a scrape read; gives back what it finds wrong with it, a line each.</summary>
    public static async Task<IReadOnlyList<string>> CheckAsync(string scrape)
    {
        using var process = Process.Start(new ProcessStartInfo(Executable!, ["check", "metrics"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var complaints = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.WriteAsync(scrape);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return [.. (await complaints + await output).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
