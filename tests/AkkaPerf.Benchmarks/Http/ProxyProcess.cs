using System.Diagnostics;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>A server in a process of its own, whose CPU time the system tells.</summary>
internal sealed class ProxyProcess : IDisposable
{
    private readonly Process _process;

    public ProxyProcess(string name, string address, string file, IEnumerable<string> arguments, params (string Key, string Value)[] environment)
    {
        Name = name;
        Address = address;
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, line) => Console.Error.WriteLine(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public string Address { get; }

    /// <summary>The same for HTTP/2 without TLS: ten ports further.</summary>
    public string Http2Address => new UriBuilder(Address) { Port = new Uri(Address).Port + 10 }.Uri.GetLeftPart(UriPartial.Authority);

    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public async Task WaitUntilServingAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        for (var attempt = 0; attempt < 200 && !_process.HasExited; attempt++)
        {
            try
            {
                using var response = await client.GetAsync(new Uri(Address));
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // Not yet.
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException($"{Name} does not serve {Address}.");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            // With its workers: they hold its output open, and with it the wait for its end.
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
