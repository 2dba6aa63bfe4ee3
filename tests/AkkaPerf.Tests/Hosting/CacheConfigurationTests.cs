using Akka.Actor;
using Akka.Hosting;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Hybrid;
using AkkaPerf.Hosting;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Hosting;

public sealed class CacheConfigurationTests
{
    /// <summary>The tiers, the weakest first; each sets the joiners to its own number.</summary>
    public static TheoryData<int, string> Strongest => new()
    {
        { 0, "reference, line " },
        { 1, "code" },
        { 2, "user.hocon, line 1" },
        { 3, "user.hocon, line 2" },
        { 4, "environment, AKKAPERF__PIPELINE__CACHE__MAX_JOINERS" },
        { 5, "environment, AKKAPERF__CACHES__PRO_DUCTS__MAX_JOINERS" },
    };

    [Theory]
    [MemberData(nameof(Strongest))]
    public void Stronger_source_wins(int strongest, string source)
    {
        string[] hocon = ["akkaperf.pipeline.cache.max-joiners = 2", "akkaperf.caches.Pro_ducts.max-joiners = 3"];
        (string, string)[] environment =
        [
            ("AKKAPERF__PIPELINE__CACHE__MAX_JOINERS", "4"),
            ("AKKAPERF__CACHES__PRO_DUCTS__MAX_JOINERS", "5"),
        ];
        var stack = Stack(
            Given.Environment(environment[..Math.Clamp(strongest - 3, 0, 2)]),
            Given.Hocon(string.Join('\n', hocon[..Math.Clamp(strongest - 1, 0, 2)])));

        var bound = CacheConfiguration.Bind(stack, "Pro_ducts", options => options.MaxJoiners = strongest >= 1 ? 1 : 0);

        Assert.Equal(strongest, bound.Value.MaxJoiners);
        var setting = Assert.Single(bound.Settings, setting => setting.Path == "akkaperf.caches.Pro_ducts.max-joiners");
        Assert.StartsWith(source, setting.Source, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_is_the_caches_own_or_the_pipelines_default()
    {
        var bound = CacheConfiguration.Bind(
            Stack(Given.Hocon("akkaperf { pipeline.cache { ttl = 7m, l1.capacity = 70 }\n caches.a { l1 { max-bytes = 2KiB } } }")), "a", _ => { });

        Assert.Equal((TimeSpan.FromMinutes(7), 70, 2048L), (bound.Value.Ttl, bound.Value.L1.Capacity, bound.Value.L1.MaxBytes));
        Assert.Equal(TimeSpan.FromSeconds(30), bound.Value.Life.NegativeTtl);
    }

    [Fact]
    public async Task A_cache_is_as_its_section_says()
    {
        await using var services = Services(
            collection => collection.AddAkkaPerfCache<string, string>("products", builder => builder.Configure(options => (options.Ttl, options.MaxJoiners) = (TimeSpan.FromHours(1), 3))),
            Given.Hocon("akkaperf.caches.products { ttl = 1m, l2.provider = memory }"));
        var cache = services.GetRequiredService<AkkaPerfCache<string, string>>();

        await cache.SetAsync("k", "v");

        Assert.NotNull(cache.Statistics.Distributed);
        Assert.Equal(1, cache.Statistics.Distributed.Writes);
    }

    [Fact]
    public async Task A_hybrid_cache_is_as_its_section_says()
    {
        await using var services = Services(collection => collection.AddAkkaPerfHybridCache(), Given.Hocon("akkaperf.caches.hybrid.l2.provider = memory"));

        Assert.NotNull(((AkkaPerfHybridCache)services.GetRequiredService<HybridCache>()).Engine.Describe().Distributed);
    }

    [Fact]
    public void All_faults_are_listed_with_path_value_and_what_is_allowed()
    {
        using var services = Services(
            collection => collection
                .AddAkkaPerfCache<string, string>("a", builder => builder.Configure(options => options.Life.Jitter = 2))
                .AddAkkaPerfCache<string, string>("b"),
            Given.Hocon(
                """
                akkaperf.caches.a { ttl = 5, sliding = 1s, l1.capacity = 0 }
                akkaperf.caches.b = on
                akkaperf.caches.c { }
                akkaperf.pipeline.cache.life.negative-ttl = -1s
                akkaperf.pipelines.shop.timeot = 1s
                """),
            Given.Environment(("AKKAPERF__CACHES__A__L2__SOFT_TIMEOUT", "0s")));

        var thrown = Assert.Throws<InvalidConfigurationException>(() => services.GetRequiredKeyedService<AkkaPerfCache<string, string>>("a"));

        Assert.Equal(
            [
                "akkaperf.caches.a.l1.capacity = 0: must be a whole number, 1 to 100000000 (user.hocon, line 1)",
                "akkaperf.caches.a.l2.soft-timeout = 0s: must be a duration with a unit ns, us, ms, s, m, h or d, 1ms to 1m (environment, AKKAPERF__CACHES__A__L2__SOFT_TIMEOUT)",
                "akkaperf.caches.a.life.jitter = 2: must be a number, 0 to 0.5 (code)",
                "akkaperf.caches.a.sliding: unknown key (user.hocon, line 1)",
                "akkaperf.caches.a.ttl = 5: must be a duration with a unit ns, us, ms, s, m, h or d, 1ms to 365d (user.hocon, line 1)",
                "akkaperf.caches.b = on: must be an object (user.hocon, line 2)",
                "akkaperf.caches.c: no such cache; defined are a, b (user.hocon, line 3)",
                "akkaperf.pipeline.cache.life.negative-ttl = -1s: must be a duration with a unit ns, us, ms, s, m, h or d, 0s to 365d (user.hocon, line 4)",
                "akkaperf.pipelines.shop.timeot: unknown key; did you mean 'timeout'? (user.hocon, line 5)",
            ],
            thrown.Faults.Select(fault => fault.ToString()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("l2.provider = redis", "akkaperf.caches.a.l2.provider = redis: needs cache.l2.connection, which is empty (user.hocon, line 1)")]
    [InlineData("l2 { provider = redis, connection = \"x:1\" }", "akkaperf.caches.a.l2.provider = redis: needs the package AkkaPerf.Redis: call services.AddAkkaPerfRedis() (user.hocon, line 1)")]
    [InlineData("l2.soft-timeout = 2s", "akkaperf.caches.a.l2.soft-timeout = 2s: must be at most hard-timeout, 1s (user.hocon, line 1)")]
    [InlineData("refresh.ahead = 5", "akkaperf.caches.a.refresh.ahead = 5: needs LoadWith (user.hocon, line 1)")]
    [InlineData("l2.provider = memory", "akkaperf.caches.a.l2.provider = memory: needs TextBy: keys of type ValueTuple`2 have no text of their own (user.hocon, line 1)")]
    public void What_the_definition_or_the_container_lacks_is_a_fault(string hocon, string fault)
    {
        using var services = Services(collection => collection.AddAkkaPerfCache<(int, int), string>("a"), Given.Hocon($"akkaperf.caches.a {{ {hocon} }}"));

        var thrown = Assert.Throws<InvalidConfigurationException>(() => services.GetRequiredService<AkkaPerfCache<(int, int), string>>());

        Assert.Contains(fault, thrown.Faults.Select(one => one.ToString()));
    }

    [Fact]
    public void A_connection_is_never_shown()
    {
        using var services = Services(
            collection => collection.AddAkkaPerfCache<string, string>("a"), Given.Hocon("akkaperf.caches.a { l2.connection = \"secret\", ttl = 0s }"));

        var thrown = Assert.Throws<InvalidConfigurationException>(() => services.GetRequiredService<AkkaPerfCache<string, string>>());

        Assert.Equal(2, thrown.Faults.Count);
        Assert.DoesNotContain("secret", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_faulty_caches_does_not_start_and_lists_the_faults_of_all()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(Stack(Given.Hocon("akkaperf.caches { a.ttl = 0s, b.max-joiners = -1 }")));
        builder.Services.AddAkkaPerfCache<string, string>("a").AddAkkaPerfCache<string, string>("b");
        using var host = builder.Build();

        var thrown = await Assert.ThrowsAsync<InvalidConfigurationException>(() => host.StartAsync());

        Assert.Equal(["akkaperf.caches.a.ttl", "akkaperf.caches.b.max-joiners"], thrown.Faults.Select(fault => fault.Path).Order());
    }

    [Fact]
    public async Task The_actor_systems_hocon_counts()
    {
        using var host = HostWith("akkaperf.caches.products { ttl = 1m, l2.provider = memory }", (_, _) => { });
        await host.StartAsync();

        Assert.NotNull(host.Services.GetRequiredService<AkkaPerfCache<string, string>>().Statistics.Distributed);
        await host.StopAsync();
    }

    [Fact]
    public async Task The_start_of_pipelines_refuses_sections_of_caches_that_nobody_defined()
    {
        using var host = HostWith("akkaperf.caches.produkts.ttl = 1m", (akka, _) => akka.WithPipeline<int, int>("shop", pipeline => pipeline.Handle((id, _) => ValueTask.FromResult(id))));

        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());

        Assert.Contains("akkaperf.caches.produkts: no such cache; defined are products", thrown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Asked_for_while_the_actor_system_is_made_it_says_what_to_do()
    {
        using var host = HostWith("", (_, services) => services.GetRequiredService<AkkaPerfCache<string, string>>());

        var thrown = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<ActorSystem>());

        Assert.Contains("ask for it in the handler", thrown.Message, StringComparison.Ordinal);
    }

    private static IHost HostWith(string hocon, Action<AkkaConfigurationBuilder, IServiceProvider> define)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Services.AddAkkaPerf();
        builder.Services.AddAkkaPerfCache<string, string>("products");
        builder.Services.AddAkka("caches", (akka, services) => define(akka.AddHocon(hocon, HoconAddMode.Prepend), services));
        return builder.Build();
    }

    private static ServiceProvider Services(Action<IServiceCollection> add, params ConfigurationSource[] sources)
    {
        var collection = new ServiceCollection().AddSingleton(Stack(sources));
        add(collection);
        return collection.BuildServiceProvider();
    }

    private static ConfigurationStack Stack(params ConfigurationSource[] sources) => new(sources.Prepend(ConfigurationSource.Reference));
}
