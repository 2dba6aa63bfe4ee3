using AkkaPerf.Backends;
using AkkaPerf.ServiceDiscovery;
using AkkaPerf.Tests.Caching.Distributed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ServiceDiscovery;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.ServiceDiscovery;

/// <summary>The real service discovery over a configuration that changes.</summary>
public sealed class ServiceDiscoveryTests : IAsyncDisposable
{
    private readonly IConfigurationRoot _configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
    private readonly ServiceProvider _services;
    private readonly FakeTimeProvider _time = new();
    private readonly BackendDirectory _directory;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _warnings = [];
    private Task _following = Task.CompletedTask;

    public ServiceDiscoveryTests()
    {
        _directory = new BackendDirectory(_time, unknownIsEligible: false);
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(_configuration)
            .AddServiceDiscovery()
            .BuildServiceProvider();
    }

    [Fact]
    public async Task Endpoints_of_the_preferred_scheme_become_backends_and_a_change_is_followed()
    {
        Set(("https:0", "https://10.0.0.1:8443"), ("https:1", "https://shop-b.test"), ("http:0", "http://10.0.0.1"));
        Follow("https+http://shop");
        await Until.So(() => Addresses() == "shop-10.0.0.1-8443=https://10.0.0.1:8443/ shop-shop-b.test-443=https://shop-b.test/");
        var kept = _directory.Current.All[0].Backend;

        Set(("https:0", "https://10.0.0.1:8443"), ("https:1", "https://10.0.0.3:8443"));
        await Until.So(() => Addresses() == "shop-10.0.0.1-8443=https://10.0.0.1:8443/ shop-10.0.0.3-8443=https://10.0.0.3:8443/");
        Assert.Same(kept, _directory.Current.All[0].Backend);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task What_has_no_scheme_gets_the_asked_one_and_a_named_endpoint_is_found()
    {
        Set(("admin:0", "10.0.0.1:9000"), ("http:0", "http://10.0.0.1:8080"));
        Follow("http://_admin.shop");
        await Until.So(() => Addresses() == "shop-10.0.0.1-9000=http://10.0.0.1:9000/");
    }

    [Fact]
    public void What_names_no_service_is_refused() =>
        Assert.Throws<ArgumentException>(() => new ServiceDiscoverySource(_services.GetRequiredService<ServiceEndpointResolver>(), ""));

    [Fact]
    public void The_same_address_has_the_same_id_and_any_id_is_valid()
    {
        var service = new string('s', 90) + " ü";
        var id = BackendIdOf(service, $"https://[fe80::1]:8443");
        Assert.Equal(id, BackendIdOf(service, $"https://[fe80::1]:8443"));
        Assert.Matches("^[A-Za-z0-9._-]{1,100}$", id);
        Assert.Matches("^[A-Za-z0-9._-]{1,100}$", BackendIdOf("ü", $"https://{new string('h', 60)}.{new string('h', 60)}:8443"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.WaitAsync(TimeSpan.FromSeconds(10));
        await _services.DisposeAsync();
        _stop.Dispose();
        _directory.Dispose();
    }

    private static string BackendIdOf(string service, string address) => BackendId.Of(service, new Uri(address));

    private void Set(params (string Key, string Value)[] endpoints)
    {
        foreach (var (key, _) in _configuration.AsEnumerable().Where(item => item.Value is not null).ToList())
        {
            _configuration[key] = null;
        }

        foreach (var (key, value) in endpoints)
        {
            _configuration[$"services:shop:{key}"] = value;
        }

        _configuration.Reload();
    }

    private void Follow(string service)
    {
        var source = new ServiceDiscoverySource(_services.GetRequiredService<ServiceEndpointResolver>(), service, _time);
        var follower = new BackendFollower(_directory, source, _time, new Random(1), (what, cause) => _warnings.Add($"{what} {cause}"));
        _following = Task.Run(() => follower.RunAsync(_stop.Token));
    }

    private string Addresses() => string.Join(' ', _directory.Current.All.Select(status => $"{status.Backend.Id}={status.Backend.Address}").Order());
}
