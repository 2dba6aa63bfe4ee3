using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>An origin that answers as it is told, a proxy before it, and a clock that stands still.</summary>
internal sealed class CachedShop : IAsyncDisposable
{
    private readonly RawOrigin _origin;
    private readonly Proxy _proxy;

    private CachedShop(RawOrigin origin, Proxy proxy, StillTime time)
    {
        _origin = origin;
        _proxy = proxy;
        Time = time;
    }

    public StillTime Time { get; }

    public Proxy Proxy => _proxy;

    /// <summary>The heads of what the origin was asked.</summary>
    public IReadOnlyList<string> Asked => [.. _origin.Heads];

    public int Calls => _origin.Heads.Count;

    /// <summary>Opens one whose origin answers each request by its head; null to break the connection off.</summary>
    public static Task<CachedShop> OpenAsync(Func<string, string?> answer, string hocon = "", HttpRouteOptions? route = null) =>
        RoutedAsync(answer, app => app.MapPipeline("/{**path}", "shop", route ?? new HttpRouteOptions()), hocon);

    /// <summary>The same with routes of its own.</summary>
    public static async Task<CachedShop> RoutedAsync(Func<string, string?> answer, Action<WebApplication> map, string hocon = "")
    {
        var time = new StillTime();
        time.SetUtcNow(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        var origin = RawOrigin.Start(async connection =>
        {
            if (answer(connection.Head) is { } response)
            {
                await connection.SendAsync(response);
                connection.Close();
            }
            else
            {
                connection.Abort();
            }
        });
        var proxy = await Proxy.ToAsync(
            "timeout = 1h\n" + hocon,
            http => http.Time = time,
            map,
            origin.Address);
        return new CachedShop(origin, proxy, time);
    }

    /// <summary>One whose origin always answers the same.</summary>
    public static Task<CachedShop> AnsweringAsync(string fields, string body = "ok", string hocon = "") => OpenAsync(_ => Ok(fields, body), hocon);

    /// <summary>A response with 200.</summary>
    public static string Ok(string fields, string body = "ok") =>
        $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n{Lines(fields)}\r\n{body}";

    /// <summary>A response without a body.</summary>
    public static string Empty(string status, string fields = "") => $"HTTP/1.1 {status}\r\n{(status.StartsWith("304", StringComparison.Ordinal) ? "" : "Content-Length: 0\r\n")}Connection: close\r\n{Lines(fields)}\r\n";

    /// <summary>What the field of a head says; null if it is not there.</summary>
    public static string? Field(string head, string name) =>
        head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    /// <summary>Asks, and reads all of the answer.</summary>
    public Task<string> AskAsync(string method = "GET", string target = "/", string fields = "", string body = "") => RawConnection.AskAsync(
        _proxy.Address, $"{method} {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{Lines(fields)}{(body.Length > 0 ? $"Content-Length: {body.Length}\r\n" : "")}\r\n{body}");

    /// <summary>The same with a plain GET.</summary>
    public Task<string> GetAsync(string fields = "", string target = "/") => AskAsync("GET", target, fields);

    public void Wait(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _origin.DisposeAsync();
    }

    // Fields are separated by bars, so that a line of a test has all of them.
    private static string Lines(string fields) => fields.Length == 0 ? "" : string.Concat(fields.Split('|').Select(field => field + "\r\n"));
}
