using System.Text;
using AkkaPerf.Http.Express;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Tests.Express;

/// <summary>What an application answers arrives as if the server had sent it.</summary>
public sealed class ExpressAnswerTests
{
    private static readonly Dictionary<string, RequestDelegate> Answers = new()
    {
        ["nothing"] = static _ => Task.CompletedTask,
        ["text"] = static context => context.Response.WriteAsync("text"),
        ["twice"] = static async context =>
        {
            await context.Response.WriteAsync("one");
            await context.Response.WriteAsync("two");
        },
        ["long chunks"] = static async context =>
        {
            await context.Response.BodyWriter.WriteAsync(Bytes(70_000));
            await context.Response.BodyWriter.WriteAsync(Bytes(3));
        },
        ["length"] = static async context =>
        {
            context.Response.ContentLength = 6;
            await context.Response.WriteAsync("one");
            await context.Response.WriteAsync("two");
        },
        ["length by name"] = static async context =>
        {
            context.Response.Headers["content-length"] = "3";
            await context.Response.WriteAsync("one");
        },
        ["too long"] = static async context =>
        {
            context.Response.ContentLength = 3;
            await context.Response.WriteAsync("one");
            await context.Response.WriteAsync("two");
        },
        ["too long at once"] = static context =>
        {
            context.Response.ContentLength = 3;
            return context.Response.WriteAsync("four");
        },
        ["too short"] = static context =>
        {
            context.Response.ContentLength = 30;
            return context.Response.WriteAsync("one");
        },
        ["nothing of a length"] = static context =>
        {
            context.Response.ContentLength = 30;
            return Task.CompletedTask;
        },
        ["memory, then flush"] = static async context =>
        {
            context.Response.ContentLength = 5;
            Bytes(5).CopyTo(context.Response.BodyWriter.GetSpan(5));
            context.Response.BodyWriter.Advance(5);
            await context.Response.BodyWriter.FlushAsync();
        },
        ["memory with a length, no flush"] = static context =>
        {
            context.Response.ContentLength = 5;
            Bytes(5).CopyTo(context.Response.BodyWriter.GetSpan(5));
            context.Response.BodyWriter.Advance(5);
            return Task.CompletedTask;
        },
        ["memory, then write"] = static async context =>
        {
            context.Response.ContentLength = 8;
            Bytes(5).CopyTo(context.Response.BodyWriter.GetSpan(5));
            context.Response.BodyWriter.Advance(5);
            await context.Response.BodyWriter.WriteAsync("end"u8.ToArray());
        },
        ["much memory"] = static async context =>
        {
            context.Response.ContentLength = 50_000;
            for (var i = 0; i < 10; i++)
            {
                Bytes(5_000).CopyTo(context.Response.BodyWriter.GetSpan(5_000));
                context.Response.BodyWriter.Advance(5_000);
            }

            await context.Response.BodyWriter.FlushAsync();
        },
        ["start, then text"] = static async context =>
        {
            await context.Response.StartAsync();
            await context.Response.WriteAsync("text");
        },
        ["flush alone"] = static context => context.Response.Body.FlushAsync(),
        ["complete, then end"] = static async context =>
        {
            await context.Response.WriteAsync("text");
            await context.Response.CompleteAsync();
        },
        ["before it starts"] = static context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers["X-Order"] = context.Response.Headers["X-Order"] + "1";
                return Task.CompletedTask;
            });
            context.Response.OnStarting(async () =>
            {
                await Task.Yield();
                context.Response.Headers["X-Order"] = context.Response.Headers["X-Order"] + "2";
                context.Response.StatusCode = 418;
            });
            return context.Response.WriteAsync("text");
        },
        ["before it starts, without a body"] = static context =>
        {
            context.Response.OnStarting(static state =>
            {
                ((HttpContext)state).Response.Headers["X-Late"] = "yes";
                return Task.CompletedTask;
            }, context);
            return Task.CompletedTask;
        },
        ["a starting that fails"] = static context =>
        {
            context.Response.OnStarting(static () => throw new InvalidOperationException("planned"));
            return context.Response.WriteAsync("text");
        },
        ["fails"] = static _ => throw new InvalidOperationException("planned"),
        ["fails with fields"] = static context =>
        {
            context.Response.Headers["X-Gone"] = "yes";
            context.Response.StatusCode = 201;
            context.Response.ContentLength = 10;
            throw new InvalidOperationException("planned");
        },
        ["fails as bad"] = static _ => throw new BadHttpRequestException("planned", 413),
        ["fails late"] = static async context =>
        {
            await context.Response.WriteAsync("text");
            throw new InvalidOperationException("planned");
        },
        ["aborts"] = static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        },
        ["aborts late"] = static async context =>
        {
            context.Response.ContentLength = 10;
            await context.Response.WriteAsync("text");
            context.Abort();
        },
        ["204"] = static context =>
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        },
        ["204 with a body"] = static context =>
        {
            context.Response.StatusCode = 204;
            return context.Response.WriteAsync("text");
        },
        ["304"] = static context =>
        {
            context.Response.StatusCode = 304;
            context.Response.Headers.ETag = "\"a\"";
            return Task.CompletedTask;
        },
        ["304 with a length"] = static context =>
        {
            context.Response.StatusCode = 304;
            context.Response.ContentLength = 10;
            return Task.CompletedTask;
        },
        ["404"] = static context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        },
        ["299"] = static context =>
        {
            context.Response.StatusCode = 299;
            return context.Response.WriteAsync("text");
        },
        ["reason"] = static context =>
        {
            context.Features.Get<IHttpResponseFeature>()!.ReasonPhrase = "Very Well";
            return context.Response.WriteAsync("text");
        },
        ["fields"] = static context =>
        {
            context.Response.Headers["X-Two"] = new(["a", "b"]);
            context.Response.Headers.Append("X-More", "c");
            context.Response.Headers.Append("X-More", "d");
            context.Response.Headers["X-None"] = default;
            context.Response.Headers["X-Latin"] = "\u00e4";
            context.Response.Headers["X-Removed"] = "x";
            context.Response.Headers.Remove("x-removed");
            context.Response.ContentType = "text/plain";
            context.Response.Cookies.Append("a", "b");
            context.Response.Cookies.Append("c", "d");
            return context.Response.WriteAsync("text");
        },
        ["own date"] = static context =>
        {
            context.Response.Headers.Date = "Sun, 06 Nov 1994 08:49:37 GMT";
            return context.Response.WriteAsync("text");
        },
        ["closes"] = static context =>
        {
            context.Response.Headers.Connection = "close";
            return context.Response.WriteAsync("text");
        },
        ["redirect"] = static context =>
        {
            context.Response.Redirect("/b?c=d");
            return Task.CompletedTask;
        },
        ["an end of a line in a value"] = static context =>
        {
            context.Response.Headers["X-Bad"] = "a\r\nX-Injected: b";
            return context.Response.WriteAsync("text");
        },
        ["an end of a line in a name"] = static context =>
        {
            context.Response.Headers["X-Bad\r\nX-Injected"] = "b";
            return context.Response.WriteAsync("text");
        },
        ["204 with a length"] = static context =>
        {
            context.Response.StatusCode = 204;
            context.Response.ContentLength = 0;
            return Task.CompletedTask;
        },
        ["HEAD made GET"] = static context =>
        {
            context.Request.Method = "GET";
            return context.Response.WriteAsync("text");
        },
        ["asks for a web socket"] = static context =>
            context.Response.WriteAsync(context.WebSockets.IsWebSocketRequest ? "yes" : "no"),
        ["a control character in a value"] = static context =>
        {
            context.Response.Headers["X-Bad"] = "a\u000bb";
            return context.Response.WriteAsync("text");
        },
        ["fields too late"] = static async context =>
        {
            await context.Response.WriteAsync("text");
            context.Response.Headers["X-Late"] = "a";
        },
        ["length too late"] = static async context =>
        {
            context.Response.ContentLength = 8;
            await context.Response.WriteAsync("text");
            context.Response.ContentLength = 4;
        },
        ["cookies by a policy"] = static context =>
        {
            context.Features.Set<IResponseCookiesFeature>(new Cookies(context.Response.Cookies));
            context.Response.Cookies.Append("a", "b");
            return context.Response.WriteAsync("text");
        },
        ["blocks"] = static context =>
        {
            context.Response.Body.Write("text"u8);
            return Task.CompletedTask;
        },
        ["cancelled write"] = static async context =>
        {
            context.Response.ContentLength = 4;
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => context.Response.WriteAsync("no", new CancellationToken(canceled: true)));
            await context.Response.WriteAsync("text");
        },
        ["status too late"] = static async context =>
        {
            await context.Response.WriteAsync("text");
            context.Response.StatusCode = 500;
        },
        ["another body"] = static async context =>
        {
            var own = context.Response.Body;
            using var between = new MemoryStream();
            context.Response.Body = between;
            await context.Response.WriteAsync("text");
            context.Response.Body = own;
            context.Response.ContentLength = between.Length;
            await own.WriteAsync(between.ToArray());
        },
        ["sent file"] = static async context =>
        {
            var file = Path.GetTempFileName();
            await File.WriteAllTextAsync(file, "0123456789");
            context.Response.ContentLength = 4;
            await context.Response.SendFileAsync(file, 2, 4);
            File.Delete(file);
        },
    };

    public static TheoryData<string> Names => [.. Answers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_answer_arrives_as_the_server_would_send_it(string name)
    {
        await using var both = await BothWays.StartAsync(context => context.Request.Path == "/it" ? Answers[name](context) : context.Response.WriteAsync("after"));
        foreach (var method in new[] { "GET", "HEAD" })
        {
            var (server, express) = await AskBothAsync(both, $"{method} /it HTTP/1.1\r\nHost: a\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

            // Where the server only closes the connection there was still time to say so.
            if (server.Length > 0 || !express.StartsWith("HTTP/1.1 500 ", StringComparison.Ordinal))
            {
                Assert.Equal(server, express);
            }
        }

        Assert.InRange(both.ExpressCount, 2, 4);
    }

    [Fact]
    public async Task What_a_request_leaves_behind_is_not_the_next_ones()
    {
        var ambient = new AsyncLocal<string>();
        await using var both = await BothWays.StartAsync(context =>
        {
            var seen = $"{context.Items.Count} {context.Features.Get<IHttpActivityFeature>() is null} {context.GetEndpoint() is null} {context.Request.RouteValues.Count} "
                + $"{context.Response.Headers.Count} {context.Response.StatusCode} {context.User.Identity!.IsAuthenticated} {context.Request.Headers.Count} {context.Request.QueryString} {context.Request.Query.Count} {context.Request.Path} {context.Connection.RemoteIpAddress} {ambient.Value}";
            ambient.Value = "changed";
            context.Response.OnStarting(() =>
            {
                context.Response.Headers["X-Ambient"] = ambient.Value;
                return Task.CompletedTask;
            });
            context.Items["a"] = "b";
            context.Features.Set<IHttpActivityFeature>(new Own());
            context.SetEndpoint(new Endpoint(requestDelegate: null, metadata: null, "own"));
            context.Request.RouteValues["a"] = "b";
            context.Request.Headers["X-Own"] = "c";
            context.Request.Path = "/changed";
            context.Request.QueryString = new("?changed=1");
            context.Response.Headers["X-Own"] = "c";
            context.Response.StatusCode = 202;
            context.Connection.RemoteIpAddress = System.Net.IPAddress.Parse("192.0.2.1");
            context.User = new(new System.Security.Claims.ClaimsIdentity("own"));
            return context.Response.WriteAsync(seen);
        });
        var (server, express) = await both.AskAsync(
            "GET /a?x=1 HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\nGET /a?x=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(server, express);
        Assert.Equal(3, both.ExpressCount);
    }

    [Fact]
    public async Task Who_asks_for_the_current_context_gets_it_until_the_request_is_over()
    {
        var accessor = new HttpContextAccessor();
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var ended = new SemaphoreSlim(0);
        var later = new System.Collections.Concurrent.ConcurrentQueue<Task<HttpContext?>>();
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var both = await BothWays.StartAsync(
            async context =>
            {
                later.Enqueue(LookAsync());
                context.Response.OnStarting(() =>
                {
                    See("starting", context);
                    return Task.CompletedTask;
                });
                context.Response.OnCompleted(() =>
                {
                    See("completed", context);
                    ended.Release();
                    return Task.CompletedTask;
                });
                See("begun", context);
                await Task.Yield();
                See("going on", context);
            },
            add: services => services.AddSingleton<IHttpContextAccessor>(accessor));
        for (var i = 0; i < 2; i++)
        {
            seen.Clear();
            _ = await RawConnection.AskAsync(both.Express, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            Assert.True(await ended.WaitAsync(TimeSpan.FromSeconds(30)) && await ended.WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.Equal(["begun", "going on", "starting", "completed", "begun", "going on", "starting", "completed"], seen);
        }

        over.SetResult();
        Assert.Equal(4, both.ExpressCount);
        Assert.Equal(4, later.Count);
        Assert.All(await Task.WhenAll(later), Assert.Null);

        async Task<HttpContext?> LookAsync()
        {
            await over.Task;
            return accessor.HttpContext;
        }

        void See(string when, HttpContext context)
        {
            if (ReferenceEquals(accessor.HttpContext, context))
            {
                seen.Enqueue(when);
            }
        }
    }

    [Fact]
    public void A_connections_features_are_found_as_they_are_now()
    {
        var connection = new FeatureCollection();
        var features = new ExpressFeatures(context: null!, connection);
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(features.Get<Own>());
            var own = new Own();
            connection.Set(own);
            Assert.Same(own, features.Get<Own>());
            Assert.Same(own, features.Get<Own>());
            connection.Set<Own>(null);
        }

        // More kinds than are kept.
        connection.Set("text");
        connection.Set(new Version(1, 2));
        connection.Set(new Uri("http://a/"));
        connection.Set(new List<int> { 3 });
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(("text", new Version(1, 2), new Uri("http://a/"), 3), (features.Get<string>(), features.Get<Version>(), features.Get<Uri>(), features.Get<List<int>>()![0]));
            Assert.Null(features.Get<Own>());
        }
    }

    [Fact]
    public async Task Who_waits_for_the_end_is_told_behind_it()
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var both = await BothWays.StartAsync(context =>
        {
            var order = new List<string>();
            context.Response.OnCompleted(() =>
            {
                order.Add(context.Response.HasStarted ? "first" : "too early");
                ended.TrySetResult(string.Join(' ', order));
                return Task.CompletedTask;
            });
            context.Response.OnCompleted(() => throw new InvalidOperationException("planned"));
            context.Response.OnCompleted(() =>
            {
                order.Add("last");
                return Task.CompletedTask;
            });
            return context.Response.WriteAsync("text");
        });
        await RawConnection.AskAsync(both.Express, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal("last first", await ended.Task);
    }

    // What was broken off may have arrived or not: both are right, as long as nobody takes it for the whole.
    private static async Task<(string Server, string Express)> AskBothAsync(BothWays both, string bytes) =>
        (await AskAsync(both.Server, bytes), await AskAsync(both.Express, bytes));

    private static async Task<string> AskAsync(Uri address, string bytes)
    {
        try
        {
            return BothWays.Comparable(await RawConnection.AskAsync(address, bytes));
        }
        catch (IOException)
        {
            // Of what was broken off before anything of it was sent nothing comes, with a reset or without.
            return "";
        }
    }

    private static byte[] Bytes(int count) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, count).Select(static i => (char)('a' + (i % 26)))));

    private sealed class Cookies(IResponseCookies inner) : IResponseCookiesFeature, IResponseCookies
    {
        IResponseCookies IResponseCookiesFeature.Cookies => this;

        public void Append(string key, string value) => inner.Append(key, value + "-strict");

        public void Append(string key, string value, CookieOptions options) => inner.Append(key, value + "-strict", options);

        public void Delete(string key) => inner.Delete(key);

        public void Delete(string key, CookieOptions options) => inner.Delete(key, options);
    }

    private sealed class Own : IHttpActivityFeature
    {
        public System.Diagnostics.Activity Activity { get; set; } = new("own");
    }
}
