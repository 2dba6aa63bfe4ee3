using System.Text;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Tests.Express;

/// <summary>What is read the short way is read as the server reads it, or left to the server.</summary>
public sealed class ExpressHeadTests
{
    private const string Last = "GET /last HTTP/1.1\r\nHost: last\r\nConnection: close\r\n\r\n";

    private static readonly string[] Methods = ["GET", "GET", "GET", "GET", "HEAD", "HEAD", "POST", "OPTIONS", "get", "GETT", "G T", "CONNECT", ""];

    private static readonly string[] Targets =
    [
        "/", "/a", "/a/b?c=d", "/a?", "/?x=%41&y=a+b", "/a%20b", "/a%2fb", "/%", "/%zz", "/a/../b", "/a/./b", "/a/..", "/.", "/..hidden", "/a//b", "//a", "/a#b",
        "/a;b=c", "/a:b@c", "/ä", "/a\tb", "/a\u0001", "/a\"b", "/a<b>", "/a\\b", "/a^`{|}", "/a?q=[1]", "/a?q=\"", "/a?q=<>", "/a?/../b", "*", "a", "http://host/x",
        "http://other/x", "/a HTTP/1.1\nX: y", "/a\rb", "/a b", "", "/+", "/a?b?c", "/~a_b-c.d!e$f&g'h(i)j*k+l,m", "/a?b=%00", "/%00",
    ];

    private static readonly string[] Versions = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/1.1 ", "http/1.1", "HTTP/1.01", ""];

    private static readonly string[] Fields =
    [
        "Accept: */*", "accept:text/html", "ACCEPT:  a  ", "X-A: 1", "X-A: 2", "X-Empty:", "X-Blank:   ", "User-Agent: test/1.0 (x; y)", "Cookie: a=b", "Cookie: c=d",
        "X-Tab:\ta\t", "X-Tab: a\tb", "X-Quote: \"a, b\"", "X-Latin: \u00e4", "X-Control: a\u0001b", "X-Delete: a\u007f", "X-Null: a\0b", "X-Feed: a\nb", "X-Return: a\rb",
        "X A: 1", "X-Space : 1", " X-Fold: 1", "\tX-Fold: 1", ": none", "none", "Host: twice", "host: other", "Content-Length: 0", "Content-Length: +0", "Content-Type: text/plain",
        "Transfer-Encoding: identity", "Connection: keep-alive", "Connection: Keep-Alive", "Connection: keep-alive, X-A", "Connection: X-A", "Connection: upgrade",
        "Connection:", "Upgrade: h2c", "Upgrade: websocket", "TE: trailers", "Trailer: X-T", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "HTTP2-Settings: AAMAAABkAAQAAP__",
        "Expect: 100-continue", "If-None-Match: \"a\"", "Range: bytes=0-1", "X_Under: 1", "X-Bang!: 1", "X-Paren(: 1", "Authorization: Basic eA==", "X-Long: " + new string('x', 300),
    ];

    private static readonly string[] Hosts =
        ["Host: a", "Host: a", "Host: a", "Host: a.example:8080", "Host: a:", "Host: a:x", "Host: a:99999", "Host: a:999999", "Host: [::1]:80", "Host: a b", "Host: a/b", "Host:", "Host: a,b", "Host: a:1:2", "Host: A_b-c", "Host: ä", "HOST: a", ""];

    [Fact]
    public async Task Any_head_is_read_as_the_server_reads_it()
    {
        await using var both = await BothWays.StartAsync(EchoAsync);
        for (var seed = 0; seed < 1_500; seed++)
        {
            var bytes = Make(new Random(seed));
            var (server, express) = await both.AskAsync(bytes);
            Assert.True(server == express, $"Seed {seed}: {Show(bytes)}\n--- the server:\n{Show(server)}\n--- the short way:\n{Show(express)}");
        }

        // Both ways are gone enough for this to say something.
        Assert.InRange(both.ExpressCount, 500, int.MaxValue);
        Assert.InRange(both.ServerCount, 1_000, int.MaxValue);
    }

    [Theory]
    [InlineData("/a/b?c=d&e=%20")]
    [InlineData("/")]
    [InlineData("/a;b=c:d@e")]
    public async Task A_plain_request_goes_the_short_way(string target)
    {
        await using var both = await BothWays.StartAsync(EchoAsync);
        var (server, express) = await both.AskAsync($"GET {target} HTTP/1.1\r\nHost: a.example:80\r\nAccept: a\r\nAccept: b\r\nX-Own:  c \r\nConnection: close\r\n\r\n");
        Assert.Equal(server, express);
        Assert.Equal(1, both.ExpressCount);
    }

    [Theory]
    [InlineData("GET /%41 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task Behind_a_request_that_the_server_has_and_that_has_no_body_the_next_goes_the_short_way(string request)
    {
        await using var both = await BothWays.StartAsync(EchoAsync);
        var (server, express) = await both.AskAsync(request + request + Last);
        Assert.Equal(server, express);
        Assert.Equal(1, both.ExpressCount);
    }

    [Fact]
    public async Task A_lone_line_feed_hides_no_request_in_a_body()
    {
        // For who takes it for the end of a line, the body is a body; and for nobody it may be a request.
        await using var both = await BothWays.StartAsync(EchoAsync);
        const string Hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\nX-Padding: abcdefgh\r\n\r\n";
        var (server, express) = await both.AskAsync(
            $"GET /a HTTP/1.1\nContent-Length: {Hidden.Length}\nX: HTTP/1.1\r\nHost: a\r\n\r\n{Hidden}{Last}");
        Assert.Equal(server, express);
        Assert.Equal(0, both.ExpressCount);
        Assert.DoesNotContain("/hidden", express, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nGET")]
    [InlineData("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\nGET /hidden HTTP/1.1\r\nHost: b\r\n\r\n")]
    [InlineData("GET /a HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n")]
    public async Task Behind_any_other_request_everything_is_the_servers(string request)
    {
        await using var both = await BothWays.StartAsync(EchoAsync);
        var (server, express) = await both.AskAsync(request + Last);
        Assert.Equal(server, express);
        Assert.Equal(0, both.ExpressCount);
        Assert.DoesNotContain("/hidden", express, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_that_comes_in_pieces_is_the_servers()
    {
        await using var both = await BothWays.StartAsync(EchoAsync);
        using var connection = await RawConnection.OpenAsync(both.Express);
        await connection.SendAsync("GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /sec");
        await connection.ReadThroughAsync("/first\n");
        await connection.SendAsync("ond HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Contains("/second\n", await connection.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal((1, 1), (both.ExpressCount, both.ServerCount));
    }

    [Fact]
    public async Task Beyond_a_limit_the_server_refuses()
    {
        await using var both = await BothWays.StartAsync(EchoAsync, static kestrel =>
        {
            kestrel.Limits.MaxRequestLineSize = 100;
            kestrel.Limits.MaxRequestHeaderCount = 5;
            kestrel.Limits.MaxRequestHeadersTotalSize = 400;
        });
        for (var more = 0; more < 12; more++)
        {
            foreach (var request in new[]
            {
                $"GET /{new string('a', 78 + more)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                $"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{string.Concat(Enumerable.Range(0, more).Select(static i => $"X-{i}: {i}\r\n"))}\r\n",
                $"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: {new string('x', 360 + more)}\r\n\r\n",
            })
            {
                var (server, express) = await both.AskAsync(request);
                Assert.True(server == express, $"{Show(request)}\n--- the server:\n{server}\n--- the short way:\n{express}");
            }
        }

        Assert.InRange(both.ExpressCount, 10, int.MaxValue);
    }

    [Fact]
    public async Task A_head_longer_than_the_servers_buffer_block_is_read_whole()
    {
        await using var both = await BothWays.StartAsync(EchoAsync);
        var (server, express) = await both.AskAsync($"GET /a HTTP/1.1\r\nHost: a\r\nX: {new string('x', 6_000)}\r\n\r\n{Last}");
        Assert.Equal(server, express);
    }

    private static string Make(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(3); i > 0; i--)
        {
            text.Append("GET /before HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        var head = new StringBuilder()
            .Append(Any(Methods)).Append(' ').Append(Any(Targets)).Append(' ').Append(Any(Versions)).Append("\r\n");
        var lines = new List<string>();
        if (Any(Hosts) is { Length: > 0 } host)
        {
            lines.Add(host);
        }

        // Most heads are to be sound in most of their lines, or nothing would come of them but refusals.
        for (var i = random.Next(4); i > 0; i--)
        {
            lines.Add(random.Next(3) > 0 ? Fields[random.Next(10)] : Any(Fields));
        }

        foreach (var line in lines.OrderBy(_ => random.Next()))
        {
            head.Append(line).Append("\r\n");
        }

        head.Append("\r\n");
        if (random.Next(3) == 0)
        {
            var at = random.Next(head.Length);
            switch (random.Next(3))
            {
                case 0:
                    head[at] = (char)random.Next(256);
                    break;
                case 1:
                    head.Remove(at, 1);
                    break;
                default:
                    head.Insert(at, (char)random.Next(256));
                    break;
            }
        }

        return text.Append(head).Append(Last).ToString();

        string Any(string[] all) => random.Next(2) == 0 ? all[0] : all[random.Next(all.Length)];
    }

    private static Task EchoAsync(HttpContext context)
    {
        var request = context.Request;
        var text = new StringBuilder(request.Headers.Count * 30)
            .Append(request.Method).Append(' ').Append(request.Scheme).Append(' ').Append(request.IsHttps).Append(' ').Append(request.Host.Value).Append(' ')
            .Append(request.PathBase.Value).Append(' ').Append(request.Path.Value).Append(' ').Append(request.QueryString.Value).Append(' ').Append(request.Protocol).Append(' ')
            .Append(request.ContentLength).Append(' ').Append(context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody).Append('\n');
        foreach (var (name, values) in request.Headers.OrderBy(static one => one.Key, StringComparer.OrdinalIgnoreCase))
        {
            text.Append(name.ToUpperInvariant()).Append(": ").AppendJoin(" | ", (IEnumerable<string?>)values).Append('\n');
        }

        foreach (var (name, values) in request.Query.OrderBy(static one => one.Key, StringComparer.Ordinal))
        {
            text.Append("? ").Append(name).Append(" = ").AppendJoin(" | ", (IEnumerable<string?>)values).Append('\n');
        }

        text.Append(context.Features.Get<IHttpRequestFeature>()!.RawTarget).Append('\n');
        var body = Encoding.Latin1.GetBytes(text.ToString());
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : context.Response.BodyWriter.WriteAsync(body).AsTask();
    }

    private static string Show(string text) => string.Concat(text.Select(static one => one switch
    {
        '\r' => "\\r",
        '\n' => "\\n\n",
        < ' ' or > '~' => $"\\x{(int)one:x2}",
        _ => one.ToString(),
    }));
}
