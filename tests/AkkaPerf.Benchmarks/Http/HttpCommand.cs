using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Proxies side by side: nginx as the origin, wrk as the client, each proxy's own CPU time from the system.</summary>
internal static partial class HttpCommand
{
    public const string Origin = "http://127.0.0.1:18100";

    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        var folder = Directory.CreateTempSubdirectory("akkaperf-http").FullName;
        var processes = new List<ProxyProcess>();
        try
        {
            using var origin = StartNginx(folder);
            await origin.WaitUntilServingAsync();
            var dll = typeof(HttpCommand).Assembly.Location;
            var gateway = Path.Combine(AppContext.BaseDirectory, "AkkaPerf.Gateway.dll");
            processes.Add(Gateway("AkkaPerf, pool", 18101, "pool", folder, gateway));
            processes.Add(new ProxyProcess("YARP", "http://127.0.0.1:18103/", "dotnet", [dll, "yarp", "http://127.0.0.1:18103", Origin]));
            processes.Add(Gateway("AkkaPerf, inline", 18105, "inline", folder, gateway));
            foreach (var process in processes)
            {
                await process.WaitUntilServingAsync();
                await WrkAsync(process.Address, seconds);
            }

            var results = processes.ToDictionary(process => process, _ => new List<(double Rps, double Cpu, double P99)>());
            for (var round = 0; round < rounds; round++)
            {
                foreach (var process in processes)
                {
                    var cpu = process.CpuTime;
                    var (requests, rps, p99) = await WrkAsync(process.Address, seconds);
                    results[process].Add((rps, (process.CpuTime - cpu).TotalMicroseconds / requests, p99));
                }
            }

            Print(results, rounds, seconds);
            return 0;
        }
        finally
        {
            processes.ForEach(process => process.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(Dictionary<ProxyProcess, List<(double Rps, double Cpu, double P99)>> results, int rounds, int seconds)
    {
        Console.WriteLine($"## pass-through, 300-byte answer, wrk with 64 connections (medians of {rounds} interleaved rounds of {seconds} s)");
        Console.WriteLine();
        Console.WriteLine("| proxy | CPU µs a request | requests/s | p99 ms | CPU to YARP's |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        var yarp = Median(results.Single(result => result.Key.Name == "YARP").Value.Select(round => round.Cpu));
        foreach (var (process, measured) in results)
        {
            var cpu = Median(measured.Select(round => round.Cpu));
            Console.WriteLine(
                $"| {process.Name} | {cpu:0.0} | {Median(measured.Select(round => round.Rps)):N0} " +
                $"| {Median(measured.Select(round => round.P99)):0.0} | {cpu / yarp:0.00} |");
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    /// <summary>Starts the origin, which answers 300 bytes, below /kept such as may be kept.</summary>
    public static ProxyProcess StartNginx(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "origin.html"), new string('x', 300));
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            daemon off; worker_processes 1; pid {{folder}}/nginx.pid; error_log /dev/null;
            events { worker_connections 4096; }
            http {
              access_log off; keepalive_requests 100000000; keepalive_timeout 3600s;
              server {
                listen 127.0.0.1:18100;
                location /kept { default_type text/plain; add_header Cache-Control max-age=3600; return 200 "{{new string('x', 300)}}"; }
                location / { default_type text/plain; return 200 "{{new string('x', 300)}}"; }
              }
            }
            """);
        return new ProxyProcess("nginx", Origin, "nginx", ["-c", configuration]);
    }

    private static ProxyProcess Gateway(string name, int port, string scheduling, string folder, string gateway)
    {
        var configuration = Path.Combine(folder, $"gateway-{port}.hocon");
        File.WriteAllText(configuration, $$"""
            akkaperf {
              gateway {
                listen = ["http://127.0.0.1:{{port}}"]
                admin { listen = "http://127.0.0.1:{{port + 1}}" }
                scheduling = {{scheduling}}
                routes = [{ match = "/{**path}", pipeline = origin }]
              }
              pipelines { origin { backends = [{ id = nginx, address = "{{Origin}}" }] } }
            }
            """);
        return new ProxyProcess(name, $"http://127.0.0.1:{port}/", "dotnet", [gateway, "--config", configuration]);
    }

    private static async Task<(double Requests, double Rps, double P99)> WrkAsync(string address, int seconds)
    {
        var start = new ProcessStartInfo("wrk", ["-t1", "-c64", $"-d{seconds}s", "--latency", address]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var wrk = Process.Start(start) ?? throw new InvalidOperationException("wrk did not start.");
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        if (output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal))
        {
            Console.Error.WriteLine(output);
        }

        return (Number(Requests(), output), Number(Rps(), output), Milliseconds(P99().Match(output)));
    }

    private static double Number(Regex pattern, string output) =>
        double.Parse(pattern.Match(output).Groups[1].Value, CultureInfo.InvariantCulture);

    private static double Milliseconds(Match match)
    {
        var value = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        return match.Groups[2].Value switch
        {
            "us" => value / 1000,
            "s" => value * 1000,
            _ => value,
        };
    }

    [GeneratedRegex(@"(?<1>\d+) requests in", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Requests();

    [GeneratedRegex(@"Requests/sec:\s+(?<1>[\d.]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Rps();

    [GeneratedRegex(@"99%\s+(?<1>[\d.]+)(?<2>us|ms|s)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex P99();
}
