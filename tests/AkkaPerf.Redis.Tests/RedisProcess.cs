using System.Diagnostics;
using System.Net.Sockets;

namespace AkkaPerf.Redis.Tests;

/// <summary>A redis-server of our own that can be killed, stopped and started again at the same port.</summary>
internal sealed class RedisProcess : IDisposable
{
    private Process? _process;

    public RedisProcess() => Start();

    public int Port { get; } = FreePort.Find();

    /// <summary>Null if there is none on the path.</summary>
    public static string? Executable { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "redis-server"))
        .FirstOrDefault(File.Exists);

    public void Start()
    {
        var start = new ProcessStartInfo(Executable!) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { "--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no" })
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
    }

    public async Task ListeningAsync()
    {
        for (var start = TimeProvider.System.GetTimestamp(); ;)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", Port);
                return;
            }
            catch (SocketException) when (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20));
            }
        }
    }

    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Its connections stay, its port accepts, and nothing is answered.</summary>
    public void Hang() => Signal("STOP");

    public void Continue() => Signal("CONT");

    public void Dispose()
    {
        if (_process is not null)
        {
            Kill();
        }
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, $"{_process!.Id}"]);
        kill.WaitForExit();
    }
}
