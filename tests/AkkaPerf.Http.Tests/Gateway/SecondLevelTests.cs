using AkkaPerf.Http.Tests.Caching;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Gateway;

public sealed class SecondLevelTests
{
    [Fact]
    public async Task A_restart_keeps_what_is_stored_of_every_variant_with_its_age()
    {
        var file = Path.Combine(Path.GetTempPath(), $"akkaperf-{Guid.NewGuid():N}.db");
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(CachedShop.Ok(
                "Cache-Control: max-age=3600, stale-while-revalidate=60|Age: 100|Vary: X-Lang|ETag: \"a\"|Surrogate-Key: one two|X-A: 1|X-A: 2", $"[{CachedShop.Field(connection.Head, "X-Lang")}]"));
            connection.Close();
        });
        var hocon = $$"""
            akkaperf {
              gateway { listen = ["http://127.0.0.1:0"]
                admin { listen = "http://127.0.0.1:0" }
                routes = [{ match = "/{**path}", pipeline = shop }]
              }
              pipelines { shop { health.enabled = off
                backends = [{ id = a, address = "{{origin.Address.GetLeftPart(UriPartial.Authority)}}" }]
                cache.l2 { provider = sqlite
                  connection = "{{file}}" }
              } }
            }
            """;
        try
        {
            var first = await AskAsync(hocon, "de", "en");
            Assert.Equal(2, origin.Heads.Count);
            var second = await AskAsync(hocon, "de", "en", "fr");
            Assert.Equal(3, origin.Heads.Count);
            for (var i = 0; i < 2; i++)
            {
                Assert.Equal(Body(first[i]), Body(second[i]));
                Assert.StartsWith("AkkaPerf; hit; ttl=", CachedShop.Field(second[i], "Cache-Status"), StringComparison.Ordinal);
                Assert.True(int.Parse(CachedShop.Field(second[i], "Age")!, System.Globalization.CultureInfo.InvariantCulture) >= 100);
                Assert.Contains("X-A: 1\r\nX-A: 2\r\n", second[i], StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(file);
        }

        static string Body(string answer) => answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..];
    }

    private static async Task<string[]> AskAsync(string hocon, params string[] languages)
    {
        await using var gateway = GatewayProcess.Start(hocon, "--config", "$FILE");
        await gateway.StartedAsync();
        var answers = new List<string>();
        foreach (var language in languages)
        {
            answers.Add(await RawConnection.AskAsync(gateway.Address, $"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nX-Lang: {language}\r\n\r\n"));
        }

        gateway.Terminate();
        Assert.Equal(0, await gateway.ExitAsync());
        return [.. answers];
    }
}
