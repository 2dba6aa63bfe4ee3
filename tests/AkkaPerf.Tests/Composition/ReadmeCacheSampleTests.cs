using System.Runtime.CompilerServices;
using AkkaPerf.Caching;
using AkkaPerf.Hosting;
using AkkaPerf.Redis;
using AkkaPerf.Tests.Architecture;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkkaPerf.Tests.Composition;

/// <summary>The README's sample of the cache: what stands there is what stands here between the marks, and it runs.</summary>
public sealed class ReadmeCacheSampleTests
{
    private const string Marker = "ReadmeCacheSampleTests.cs";

    [Fact]
    public void The_sample_in_the_readme_is_this_one() => Assert.Equal(SampleHere(), SampleOfReadme());

    [Fact]
    public async Task The_sample_runs_also_while_its_redis_is_away()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        Register(builder);

        // Nobody listens there.
        builder.Services.AddSingleton(new ConfigurationStack(
            [ConfigurationSource.Reference, ConfigurationSource.FromText("test", "akkaperf.caches.products.l2.connection = \"127.0.0.1:1,connectTimeout=100\"")]));
        using var host = builder.Build();
        await host.StartAsync();
        var cache = host.Services.GetRequiredService<AkkaPerfCache<int, Product>>();

        await UseAsync(cache, 7);

        Assert.False(cache.TryGet(7, out _));
        Assert.Equal("v", await host.Services.GetRequiredService<HybridCache>().GetOrCreateAsync("k", _ => ValueTask.FromResult("v")));
        await host.StopAsync();
    }

    private static void Register(HostApplicationBuilder builder)
    {
        // <readme>
        builder.Services.AddAkkaPerfRedis();                  // from AkkaPerf.Redis
        builder.Services.AddAkkaPerfCache<int, Product>("products", cache => cache.Configure(options =>
        {
            options.Ttl = TimeSpan.FromMinutes(5);
            options.Stale.IfError = TimeSpan.FromHours(1);    // the source is down: answer what we had
            options.Refresh.Eager = 0.8;                      // late in its life a hit refreshes it in the background
            options.L2.Provider = L2Provider.Redis;
            options.L2.Connection = "localhost:6379";
        }));
        builder.Services.AddAkkaPerfHybridCache();            // what is written for HybridCache gains all of it by this line
        // </readme>
    }

    private static async Task UseAsync(AkkaPerfCache<int, Product> cache, int id)
    {
        // <readme>
        var product = await cache.GetOrAddAsync(id, LoadAsync, tags: ["category:7"]);
        await cache.RemoveByTagAsync("category:7");           // at once here, within two seconds in every process on that Redis
        // </readme>
        Assert.Equal(new Product(id, "lamp"), product);

        static ValueTask<Product> LoadAsync(int id, CancellationToken cancellationToken) => ValueTask.FromResult(new Product(id, "lamp"));
    }

    private static string SampleOfReadme()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "README.md")).SkipWhile(line => !line.Contains(Marker, StringComparison.Ordinal));
        return string.Join('\n', lines.SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```"));
    }

    private static string SampleHere([CallerFilePath] string path = "")
    {
        var parts = File.ReadAllText(path).ReplaceLineEndings("\n").Split("// <readme>\n").Skip(1).Select(part => part.Split("        // </readme>")[0]);
        return string.Join('\n', parts.Select(part => part.Replace("\n        ", "\n", StringComparison.Ordinal)[8..])).TrimEnd('\n');
    }
}
