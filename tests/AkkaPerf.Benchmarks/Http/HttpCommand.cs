using System.Globalization;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Proxies side by side: nginx as the origin, wrk or h2load as the client, each proxy's own CPU time from the system.</summary>
internal static class HttpCommand
{
    public const string Origin = "http://127.0.0.1:18100";

    private static readonly (string Name, string Path, bool IsHttp2)[] Scenarios =
    [
        ("300-byte answers, wrk, 64 connections", "/small", false),
        ("16 KiB answers, wrk, 64 connections", "/large", false),
        ("300-byte answers, HTTP/2 without TLS, h2load, 64 connections of 8 streams", "/small", true),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        var filter = args.Length > 2 ? args[2] : "";
        var folder = Directory.CreateTempSubdirectory("akkaperf-http").FullName;
        var processes = new List<ProxyProcess>();
        try
        {
            using var origin = StartNginx(folder);
            await origin.WaitUntilServingAsync();
            var dll = typeof(HttpCommand).Assembly.Location;
            var inline = new[] { ("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1") };
            processes.Add(new ProxyProcess("YARP", "http://127.0.0.1:18103", "dotnet", [dll, "yarp", "http://127.0.0.1:18103", "http://127.0.0.1:18113", "pool", Origin]));
            processes.Add(new ProxyProcess("YARP, inline", "http://127.0.0.1:18107", "dotnet", [dll, "yarp", "http://127.0.0.1:18107", "http://127.0.0.1:18117", "inline", Origin], inline));
            processes.Add(Gateway("AkkaPerf, pool", 18101, "pool", folder));
            processes.Add(Gateway("AkkaPerf, inline", 18105, "inline", folder));
            foreach (var process in processes)
            {
                await SideBySide.WarmUpAsync(process, "/small");
            }

            foreach (var scenario in Scenarios.Where(scenario => scenario.Name.Contains(filter, StringComparison.Ordinal)))
            {
                await SideBySide.CompareAsync(scenario, processes, rounds, seconds);
            }

            if ("refusals".Contains(filter, StringComparison.Ordinal))
            {
                await RefuseAsync(processes, folder, rounds, seconds);
            }

            return 0;
        }
        finally
        {
            processes.ForEach(process => process.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    // Three times what is let in: two of three requests are refused, and what that costs is what is left of the CPU time.
    private static async Task RefuseAsync(List<ProxyProcess> processes, string folder, int rounds, int seconds)
    {
        var inline = processes.Single(process => process.Name == "AkkaPerf, inline");
        var rate = (await SideBySide.MeasureAsync(inline, "/small", isHttp2: false, seconds)).Load.Rate / 3;
        using var limited = Gateway(
            "AkkaPerf, limited", 18109, "inline", folder,
            string.Create(CultureInfo.InvariantCulture, $"throttle {{ rate = {rate:0}, queue = 0 }}"));
        await SideBySide.WarmUpAsync(limited, "/small");
        var results = new List<(double Refusal, double Served, double Share)>();
        for (var round = 0; round < rounds; round++)
        {
            var served = (await SideBySide.MeasureAsync(inline, "/small", isHttp2: false, seconds)).Cpu;
            var (cpu, load) = await SideBySide.MeasureAsync(limited, "/small", isHttp2: false, seconds);
            var refused = ((cpu * load.Requests) - (served * (load.Requests - load.Refused))) / load.Refused;
            results.Add((refused, served, load.Refused / load.Requests));
        }

        Console.WriteLine($"## refusals, a rate limit at a third of what wrk offers (medians of {rounds} rounds of {seconds} s)\n");
        Console.WriteLine("| served, CPU µs | refused, CPU µs | refused to served | part refused |");
        Console.WriteLine("|---:|---:|---:|---:|");
        Console.WriteLine(
            $"| {SideBySide.Median(results.Select(one => one.Served)):0.0} | {SideBySide.Median(results.Select(one => one.Refusal)):0.0} "
            + $"| {SideBySide.Median(results.Select(one => one.Refusal / one.Served)):0.00} | {SideBySide.Median(results.Select(one => one.Share)):0.00} |\n");
    }

    /// <summary>Starts the origin, which answers 300 bytes, below /kept such as may be kept.</summary>
    public static ProxyProcess StartNginx(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "large"), new string('x', 16 * 1024));
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            {{SideBySide.User}}daemon off; worker_processes 1; pid {{folder}}/nginx.pid; error_log /dev/null;
            events { worker_connections 4096; }
            http {
              access_log off; keepalive_requests 100000000; keepalive_timeout 3600s;
              server {
                listen 127.0.0.1:18100;
                location /kept-large { default_type text/plain; add_header Cache-Control max-age=3600; alias {{folder}}/large; }
                location /kept { default_type text/plain; add_header Cache-Control max-age=3600; return 200 "{{new string('x', 300)}}"; }
                location / { default_type text/plain; add_header Cache-Control no-store; return 200 "{{new string('x', 300)}}"; }
                location /large { default_type text/plain; add_header Cache-Control no-store; root {{folder}}; open_file_cache max=10; }
              }
            }
            """);
        return new ProxyProcess("nginx", Origin, "nginx", ["-c", configuration]);
    }

    /// <summary>Starts a gateway before the origin.</summary>
    public static ProxyProcess Gateway(string name, int port, string scheduling, string folder, string pipeline = "")
    {
        var configuration = Path.Combine(folder, $"gateway-{port}.hocon");
        File.WriteAllText(configuration, $$"""
            akkaperf {
              gateway {
                listen = ["http://127.0.0.1:{{port}}", "h2c://127.0.0.1:{{port + 10}}"]
                admin { listen = "http://127.0.0.1:{{port + 1}}" }
                scheduling = {{scheduling}}
                proxy.overload.threshold = 0
                routes = [{ match = "/{**path}", pipeline = origin }]
              }
              pipelines { origin { backends = [{ id = nginx, address = "{{Origin}}" }]
                {{pipeline}}
              } }
            }
            """);
        return new ProxyProcess(name, $"http://127.0.0.1:{port}", "dotnet", [Path.Combine(AppContext.BaseDirectory, "AkkaPerf.Gateway.dll"), "--config", configuration]);
    }
}
