using System.Globalization;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Hits of HTTP caches side by side: wrk as the client, each proxy's own CPU time from the system.</summary>
internal static class HttpCacheCommand
{
    private static readonly (string Name, string Path, bool IsHttp2)[] Scenarios =
    [
        ("hits, 300-byte answers, wrk, 64 connections", "/kept", false),
        ("hits, 16 KiB answers, wrk, 64 connections", "/kept-large", false),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        var folder = Directory.CreateTempSubdirectory("akkaperf-http").FullName;
        var processes = new List<ProxyProcess>();
        try
        {
            using var origin = HttpCommand.StartNginx(folder);
            await origin.WaitUntilServingAsync();
            var dll = typeof(HttpCommand).Assembly.Location;
            var inline = new[] { ("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1") };
            processes.Add(Yarp("YARP with OutputCache", 18103, "pool"));
            processes.Add(Yarp("YARP with OutputCache, inline", 18107, "inline", inline));
            processes.Add(StartNginxCache(folder));
            processes.Add(HttpCommand.Gateway("AkkaPerf, pool", 18101, "pool", folder));
            processes.Add(HttpCommand.Gateway("AkkaPerf, inline", 18105, "inline", folder));
            foreach (var process in processes)
            {
                await SideBySide.WarmUpAsync(process, "/kept");
            }

            foreach (var scenario in Scenarios)
            {
                await SideBySide.CompareAsync(scenario, processes, rounds, seconds);
            }

            return 0;

            ProxyProcess Yarp(string name, int port, string scheduling, params (string Key, string Value)[] environment) => new(
                name, $"http://127.0.0.1:{port}", "dotnet", [dll, "yarp-cache", $"http://127.0.0.1:{port}", $"http://127.0.0.1:{port + 10}", scheduling, HttpCommand.Origin], environment);
        }
        finally
        {
            processes.ForEach(process => process.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ProxyProcess StartNginxCache(string folder)
    {
        var configuration = Path.Combine(folder, "cache.conf");
        File.WriteAllText(configuration, $$"""
            {{SideBySide.User}}daemon off; master_process off; pid {{folder}}/cache.pid; error_log /dev/null;
            events { worker_connections 4096; }
            http {
              access_log off; keepalive_requests 100000000; keepalive_timeout 3600s; sendfile on; tcp_nodelay on;
              open_file_cache max=1000 inactive=1h; open_file_cache_valid 1h;
              proxy_cache_path {{folder}}/cache levels=1:2 keys_zone=all:10m max_size=100m;
              upstream origin { server 127.0.0.1:18100; keepalive 64; }
              server {
                listen 127.0.0.1:18131;
                location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_cache all; }
              }
            }
            """);
        return new ProxyProcess("nginx proxy_cache", "http://127.0.0.1:18131", "nginx", ["-c", configuration]);
    }
}
