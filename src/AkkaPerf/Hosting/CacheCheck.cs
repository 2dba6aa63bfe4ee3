using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkkaPerf.Hosting;

/// <summary>Stops the start of an application whose caches are configured with faults, and lists them all; without a host each cache does so on first use.</summary>
internal sealed class CacheCheck(IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        InvalidConfigurationException.ThrowIfAny(services.GetServices<CacheDefinition>().SelectMany(definition => definition.Check(services)).Distinct());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
