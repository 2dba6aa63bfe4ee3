using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>wrk and h2load, and what they say.</summary>
internal static partial class LoadGenerator
{
    /// <summary>HTTP/1.1, 64 connections.</summary>
    public static async Task<Load> WrkAsync(string address, int seconds)
    {
        var output = await RunAsync("wrk", ["-t1", "-c64", $"-d{seconds}s", "--latency", address]);
        return new Load(
            Number(WrkRequests(), output), OrZero(WrkRefused(), output), Number(WrkRate(), output), Milliseconds(WrkP99().Match(output)));
    }

    /// <summary>HTTP/2 without TLS, 64 connections of 8 streams.</summary>
    public static async Task<Load> H2LoadAsync(string address, int seconds)
    {
        var output = await RunAsync("h2load", ["-t1", "-c64", "-m8", $"-D{seconds}", "--warm-up-time=0", address]);
        var succeeded = Number(H2Succeeded(), output);
        return new Load(succeeded, OrZero(H2Failed(), output), Number(H2Rate(), output), double.NaN);
    }

    private static async Task<string> RunAsync(string file, string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (output.Contains("Socket errors", StringComparison.Ordinal))
        {
            Console.Error.WriteLine(output);
        }

        return output;
    }

    private static double Number(Regex pattern, string output) =>
        double.Parse(pattern.Match(output).Groups["n"].Value, CultureInfo.InvariantCulture);

    private static double OrZero(Regex pattern, string output) => pattern.IsMatch(output) ? Number(pattern, output) : 0;

    private static double Milliseconds(Match match)
    {
        var value = double.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture);
        return match.Groups["unit"].Value switch
        {
            "us" => value / 1000,
            "s" => value * 1000,
            _ => value,
        };
    }

    [GeneratedRegex(@"(?<n>\d+) requests in", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WrkRequests();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (?<n>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WrkRefused();

    [GeneratedRegex(@"Requests/sec:\s+(?<n>[\d.]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WrkRate();

    [GeneratedRegex(@"99%\s+(?<n>[\d.]+)(?<unit>us|ms|s)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WrkP99();

    [GeneratedRegex(@"status codes: (?<n>\d+) 2xx", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex H2Succeeded();

    [GeneratedRegex(@"(?<n>\d+) 5xx", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex H2Failed();

    [GeneratedRegex(@"finished in [^,]+, (?<n>[\d.]+) req/s", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex H2Rate();
}
