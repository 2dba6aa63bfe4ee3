using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace AkkaPerf.Postgres.Tests;

/// <summary>A PostgreSQL server of our own, in a folder and at a port of its own, that can be stopped and started again.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly DirectoryInfo _folder;
    private Process? _process;

    private PostgresServer(DirectoryInfo folder)
    {
        _folder = folder;
    }

    /// <summary>Where the newest installed server's programs are; null if there is none.</summary>
    public static string? Programs { get; } = Installed()
        .OrderByDescending(folder => double.TryParse(folder.Parent!.Name, out var version) ? version : 0)
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder.FullName, "initdb")))?.FullName;

    public int Port { get; } = FreePort();

    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres";

    private string Data => Path.Combine(_folder.FullName, "data");

    public static async Task<PostgresServer> CreateAsync()
    {
        var server = new PostgresServer(Directory.CreateTempSubdirectory("akkaperf-postgres-"));
        try
        {
            if (RunAs is { } user)
            {
                await RunAsync(new ProcessStartInfo("chown", [user, server._folder.FullName]));
            }

            await RunAsync(Command("initdb", ["-D", server.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]));
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync()
    {
        _process = Start(Command("postgres",
        [
            "-D", Data, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=300",
        ]));
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        for (var start = TimeProvider.System.GetTimestamp(); ;)
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return;
            }
            catch (NpgsqlException) when (!_process.HasExited && TimeProvider.System.GetElapsedTime(start) < Patience)
            {
                await Task.Delay(Pause);
            }
        }
    }

    /// <summary>Ends it in the orderly way: every session is told.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        if (!process.HasExited)
        {
            await RunAsync(new ProcessStartInfo("kill", ["-INT", $"{process.Id}"]));
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    /// <summary>Asks beside every pool.</summary>
    public async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Sessions of the application of that name.</summary>
    public async Task<long> SessionsOfAsync(string application) =>
        (long)(await ExecuteAsync($"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{application}'"))!;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
    }

    // The server refuses to run as root: Debian's package brings a user for it.
    private static string? RunAs => Environment.UserName == "root" ? "postgres" : null;

    private static IEnumerable<DirectoryInfo> Installed()
    {
        var debian = new DirectoryInfo("/usr/lib/postgresql");
        return debian.Exists ? debian.GetDirectories().Select(version => new DirectoryInfo(Path.Combine(version.FullName, "bin"))) : [];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static ProcessStartInfo Command(string program, string[] arguments)
    {
        var path = Path.Combine(Programs!, program);

        // setpriv becomes the program, so that its id is the server's.
        var command = RunAs is { } user
            ? new ProcessStartInfo("setpriv", [$"--reuid={user}", $"--regid={user}", "--clear-groups", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        command.WorkingDirectory = Path.GetTempPath();
        return command;
    }

    private static Process Start(ProcessStartInfo command)
    {
        command.RedirectStandardOutput = true;
        command.RedirectStandardError = true;
        var process = Process.Start(command)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private static async Task RunAsync(ProcessStartInfo command)
    {
        using var process = Start(command);
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{command.FileName} ended with {process.ExitCode}: {errors}");
        }
    }
}
