using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>The gateway as a user starts it: a process of its own.</summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            _output.Enqueue(line.Data ?? "");
            if (line.Data is null or "Try:")
            {
                _started.TrySetResult();
            }
        };
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
    }

    public string Output => string.Join('\n', _output);

    public string Errors => string.Join('\n', _errors).Trim();

    public Uri Address => new(ListeningOn().Match(Output).Groups["main"].Value);

    /// <summary>The most memory that has been resident since it started, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    public Uri Admin => new(ListeningOn().Match(Output).Groups["admin"].Value);

    /// <summary>Starts it with an overlay of HOCON; <c>$FILE</c> among the arguments is its file.</summary>
    public static GatewayProcess Start(string hocon, params string[] arguments) => Start(new ProcessStartInfo("dotnet"), hocon, arguments);

    /// <summary>Starts one that may have so many files open, connections among them.</summary>
    public static GatewayProcess StartWithin(int files, string hocon, params string[] arguments)
    {
        var shell = new ProcessStartInfo("sh");
        shell.ArgumentList.Add("-c");
        shell.ArgumentList.Add($"ulimit -n {files} && exec dotnet \"$@\"");
        shell.ArgumentList.Add("sh");
        return Start(shell, hocon, arguments);
    }

    private static GatewayProcess Start(ProcessStartInfo start, string hocon, string[] arguments)
    {
        var file = Path.Combine(Path.GetTempPath(), $"akkaperf-{Guid.NewGuid():N}.hocon");
        File.WriteAllText(file, hocon);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.UseShellExecute) = (true, true, false);
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "AkkaPerf.Gateway.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument == "$FILE" ? file : argument);
        }

        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AKKAPERF__", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        var gateway = new GatewayProcess(start) { Overlay = file };
        gateway._process.Start();
        gateway._process.BeginOutputReadLine();
        gateway._process.BeginErrorReadLine();
        return gateway;
    }

    /// <summary>Waits until it says what to try.</summary>
    public async Task StartedAsync()
    {
        await _started.Task.WaitAsync(Limit);
        Assert.True(ListeningOn().IsMatch(Output), $"{Output}\n{Errors}");
    }

    public void Terminate() => Signal("TERM");

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Puts something else into its file, at once: it may be looked at any time.</summary>
    public void Write(string hocon)
    {
        File.WriteAllText(Overlay + ".new", hocon);
        File.Move(Overlay + ".new", Overlay, overwrite: true);
    }

    /// <summary>Puts something else into its file, has it looked at, and waits until it says what it has changed.</summary>
    public async Task ChangeAsync(string hocon, string said)
    {
        var (before, refused) = (Reloads.Count(), Refusals);
        Write(hocon);
        Signal("HUP");

        // It may look at the file by itself before the signal comes, and says for that that nothing is different.
        await Loopback.Until.TrueAsync(() => Reloads.Skip(before).Any(line => line.Contains(said, StringComparison.Ordinal)) || Refusals > refused, $"reloaded: {said}");
        Assert.True(Refusals == refused, Errors);
    }

    /// <summary>Waits until its output has a text.</summary>
    public Task SaysAsync(string text) => Loopback.Until.TrueAsync(() => Output.Contains(text, StringComparison.Ordinal), $"it says {text}");

    /// <summary>Waits until its errors have a text.</summary>
    public Task SaysErrorAsync(string text) => Loopback.Until.TrueAsync(() => Errors.Contains(text, StringComparison.Ordinal), $"it complains of {text}");

    /// <summary>Whether all its pipelines are ready.</summary>
    public async Task<bool> IsReadyAsync(HttpClient client)
    {
        using var ready = await client.GetAsync(new Uri(Admin, "/health/ready"));
        return ready.IsSuccessStatusCode;
    }

    /// <summary>Waits until a pipeline's figures are as told.</summary>
    public async Task UntilAsync(string pipeline, Func<JsonElement, bool> condition)
    {
        using var client = new HttpClient();
        await Loopback.Until.TrueAsync(
            async () =>
            {
                using var figures = JsonDocument.Parse(await client.GetStringAsync(new Uri(Admin, $"/pipelines/{pipeline}")));
                return condition(figures.RootElement);
            },
            $"{pipeline} is as it should be");
    }

    /// <summary>Waits until a pipeline holds nothing any more: no exchange, no permit, no lease, no stream.</summary>
    public Task IdleAsync(string pipeline) => UntilAsync(
        pipeline,
        figures => figures.GetProperty("inFlight").GetInt64() == 0
            && figures.GetProperty("zombies").GetInt64() == 0
            && figures.GetProperty("streams").GetInt64() == 0
            && figures.GetProperty("permits").GetProperty("inUse").GetInt64() == 0
            && figures.GetProperty("waiting").EnumerateObject().All(place => place.Value.GetInt64() == 0)
            && figures.GetProperty("backends").EnumerateArray().All(backend => backend.GetProperty("inFlight").GetInt64() == 0
                && backend.GetProperty("connections").GetProperty("leased").GetInt64() == 0));

    private int Refusals => _errors.Count(line => line.Contains("not reloaded", StringComparison.Ordinal));

    private IEnumerable<string> Reloads => _output.Where(static line => line.StartsWith("Reloaded", StringComparison.Ordinal));

    public async Task<int> ExitAsync()
    {
        using var timeout = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        File.Delete(Overlay);
    }

    private string Overlay { get; init; } = "";

    [GeneratedRegex(@"^Listening on (?<main>\S+); admin on (?<admin>\S+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ListeningOn();
}
