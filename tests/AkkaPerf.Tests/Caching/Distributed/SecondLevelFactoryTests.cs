using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching.Distributed;

public sealed class SecondLevelFactoryTests
{
    private readonly Shelf _shelf = new();

    [Fact]
    public void None_is_no_level() => Assert.Null(Create(new ServiceCollection(), L2Provider.None));

    [Fact]
    public async Task Memory_needs_nothing()
    {
        await using var level = Create(new ServiceCollection(), L2Provider.Memory)!;
        Assert.True(await level.WriteMarkAsync("m", new byte[] { 1 }, TimeSpan.FromMinutes(1), CancellationToken.None));
    }

    [Fact]
    public async Task Given_store_is_used_under_the_pipelines_name()
    {
        await using var level = Create(new ServiceCollection().AddAkkaPerfSecondLevel(_shelf), L2Provider.Given)!;
        await level.WriteMarkAsync("m", new byte[] { 1 }, TimeSpan.FromMinutes(1), CancellationToken.None);

        Assert.Equal(["akkaperf:shop:m:m"], _shelf.Keys);
    }

    [Fact]
    public async Task Store_from_the_container_is_used()
    {
        var services = new ServiceCollection().AddSingleton(_shelf).AddAkkaPerfSecondLevel(provider => provider.GetRequiredService<Shelf>());
        await using var level = Create(services, L2Provider.Given)!;
        await level.WriteMarkAsync("m", new byte[] { 1 }, TimeSpan.FromMinutes(1), CancellationToken.None);

        Assert.Equal(1, _shelf.Count);
    }

    [Theory]
    [InlineData(L2Provider.Redis, "cache.l2.provider = redis of 'shop' needs the package AkkaPerf.Redis: call services.AddAkkaPerfRedis().")]
    [InlineData(L2Provider.Sqlite, "cache.l2.provider = sqlite of 'shop' needs the package AkkaPerf.Sqlite: call services.AddAkkaPerfSqlite().")]
    [InlineData(L2Provider.Given, "cache.l2.provider = given of 'shop' needs a store given in code: call services.AddAkkaPerfSecondLevel(…).")]
    public void Missing_provider_is_named_with_its_package_and_call(L2Provider provider, string expected) =>
        Assert.Equal(expected, Assert.Throws<InvalidOperationException>(() => Create(new ServiceCollection(), provider)).Message);

    private static SecondLevel? Create(IServiceCollection services, L2Provider provider) =>
        new SecondLevelFactory(services.BuildServiceProvider()).Create("shop", new L2Options { Provider = provider, Connection = "x" }, new FakeTimeProvider(), new Random(1));
}
