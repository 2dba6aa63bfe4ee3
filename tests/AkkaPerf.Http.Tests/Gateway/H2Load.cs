using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>What nghttp2's load generator, an implementation of HTTP/2 of its own, says of a run.</summary>
/// <param name="Requests">How its requests ended, as it says it.</param>
/// <param name="Statuses">Their statuses, as it says it.</param>
/// <param name="Data">The bytes of all bodies.</param>
internal sealed partial record H2Load(string Requests, string Statuses, long Data)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Where it is; null if it is not on the path.</summary>
    public static string? Executable { get; } = Programs.Find("h2load");

    /// <summary>Runs it against an address, over HTTP/2 without TLS.</summary>
    public static async Task<H2Load> RunAsync(Uri address, int requests, int connections, int streams, string? body = null)
    {
        var start = new ProcessStartInfo(Executable!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new[] { ("n", requests), ("c", connections), ("m", streams) })
        {
            start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"-{name}{value}"));
        }

        if (body is not null)
        {
            start.ArgumentList.Add($"--data={body}");
        }

        start.ArgumentList.Add(address.ToString());
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        try
        {
            using var timeout = new CancellationTokenSource(Limit);
            await process.WaitForExitAsync(timeout.Token);
        }
        finally
        {
            process.Kill();
        }

        var said = Report().Match(await output);
        Assert.True(said.Success, $"{await output}\n{await errors}");
        return new H2Load(said.Groups["requests"].Value, said.Groups["statuses"].Value, long.Parse(said.Groups["data"].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>Fails unless all went well and each body had that length.</summary>
    public void AssertWhole(int requests, int length)
    {
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{requests} total, {requests} started, {requests} done, {requests} succeeded, 0 failed, 0 errored, 0 timeout"), Requests);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{requests} 2xx, 0 3xx, 0 4xx, 0 5xx"), Statuses);
        Assert.Equal((long)requests * length, Data);
    }

    [GeneratedRegex(
        @"^requests: (?<requests>.+)\nstatus codes: (?<statuses>.+)\ntraffic: .*\((?<data>\d+)\) data$",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Report();
}
