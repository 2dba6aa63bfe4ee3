using System.Collections.Concurrent;
using System.Diagnostics;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>A server in a process of its own, with children perhaps, whose CPU time and memory the system tells.</summary>
internal sealed class ProxyProcess : IDisposable
{
    private const int KeptLines = 20;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();

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
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        // Whoever is told to end leaves none of them behind.
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    public string Name { get; }

    public string Address { get; }

    /// <summary>The same for HTTP/2 without TLS; the next port.</summary>
    public string Http2Address => new UriBuilder(Address) { Port = new Uri(Address).Port + 1 }.Uri.GetLeftPart(UriPartial.Authority);

    /// <summary>Of all its processes, in steps of 10 ms.</summary>
    public TimeSpan CpuTime => ProcessTree.CpuTime(_process.Id);

    /// <summary>Resident, of all its processes.</summary>
    public double MemoryMiB => ProcessTree.MemoryMiB(_process.Id);

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

        throw new InvalidOperationException($"{Name} does not serve {Address}: {string.Join('\n', _errors)}");
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        if (!_process.HasExited)
        {
            // With its workers: they hold its output open, and with it the wait for its end.
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void OnExit(object? sender, EventArgs arguments) => Dispose();

    // The last ones, for when it does not serve: some say much about nothing.
    private void Keep(string? line)
    {
        if (line is not null)
        {
            _errors.Enqueue(line);
            if (_errors.Count > KeptLines)
            {
                _errors.TryDequeue(out _);
            }
        }
    }
}
