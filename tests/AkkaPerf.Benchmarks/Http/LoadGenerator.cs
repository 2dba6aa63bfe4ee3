using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>wrk and h2load, and what they say: 64 connections, each with its next request as soon as it has its answer.</summary>
internal static partial class LoadGenerator
{
    private static string Script => Path.Combine(AppContext.BaseDirectory, "Http", "percentiles.lua");

    /// <summary>HTTP/1.1; or HTTP/2 without TLS, 8 streams a connection.</summary>
    /// <exception cref="InvalidOperationException">It did not get through.</exception>
    public static Task<Load> RunAsync(ProxyProcess process, Ask ask, int seconds) => ask.IsHttp2
        ? H2LoadAsync(process.Http2Address + ask.Path, seconds)
        : WrkAsync(process.Address + ask.Path, seconds, ask.IsGzip ? ["-H", "Accept-Encoding: gzip"] : []);

    private static async Task<Load> WrkAsync(string address, int seconds, string[] headers)
    {
        var output = await RunAsync("wrk", ["-t1", "-c64", $"-d{seconds}s", "-s", Script, .. headers, address]);
        var line = output.Split('\n').FirstOrDefault(static line => line.StartsWith("figures ", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"wrk said of {address}: {output}");
        var figures = line.Split(' ').Skip(1).Select(static text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        if (figures[3] > 0)
        {
            await Console.Error.WriteLineAsync(output);
        }

        return new Load(figures[0], figures[2], figures[0] / figures[1] * 1e6, figures[4] / 1000, figures[5] / 1000, figures[6] / 1000);
    }

    // It tells no percentiles, but it lists every request.
    private static async Task<Load> H2LoadAsync(string address, int seconds)
    {
        var list = Path.GetTempFileName();
        try
        {
            var output = await RunAsync("h2load", ["-t1", "-c64", "-m8", $"-D{seconds}", "--warm-up-time=0", $"--log-file={list}", address]);
            var done = Number(H2Done(), output);
            var latencies = File.ReadLines(list).Select(static line => double.Parse(line.AsSpan(line.LastIndexOf('\t')), CultureInfo.InvariantCulture) / 1000).Order().ToArray();
            return done == 0 || latencies.Length == 0
                ? throw new InvalidOperationException($"h2load said of {address}: {output}")
                : new Load(done, done - Number(H2Succeeded(), output), Number(H2Rate(), output), At(0.5), At(0.99), At(0.999));

            double At(double part) => latencies[(int)(part * (latencies.Length - 1))];
        }
        finally
        {
            File.Delete(list);
        }
    }

    private static async Task<string> RunAsync(string file, string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }

    private static double Number(Regex pattern, string output) =>
        pattern.Match(output) is { Success: true } match ? double.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"(?<n>\d+) done,", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex H2Done();

    [GeneratedRegex(@"status codes: (?<n>\d+) 2xx", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex H2Succeeded();

    [GeneratedRegex(@"finished in [^,]+, (?<n>[\d.]+) req/s", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex H2Rate();
}
