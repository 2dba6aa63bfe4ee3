using System.Diagnostics.Metrics;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Hosting;

/// <summary>Puts pipelines into an application's container.</summary>
public static class AkkaPerfServices
{
    /// <summary>
    /// Lets <see cref="IRequestPipeline{TRequest,TResponse}"/> be injected, by type or keyed by name, and drains the pipelines when the
    /// application stops. The pipelines themselves are defined by <c>WithPipeline</c> inside <c>AddAkka</c>.
    /// </summary>
    public static IServiceCollection AddAkkaPerf(this IServiceCollection services, Action<AkkaPerfOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<AkkaPerfOptions>().Configure(options => configure?.Invoke(options)).Validate(
            options => options.DrainDelay >= TimeSpan.Zero && options.DrainDelay <= TimeSpan.FromMinutes(10),
            $"{nameof(AkkaPerfOptions)}.{nameof(AkkaPerfOptions.DrainDelay)} must be within 0 s to 10 min.");
        if (services.Any(service => service.ServiceType == typeof(PipelineRegistry)))
        {
            return services;
        }

        services.AddSingleton<PipelineRegistry>();
        services.AddSingleton(static provider => PipelineMetrics.Create(provider.GetService<IMeterFactory>()));
        services.AddSingleton<IPipelines>(provider => provider.GetRequiredService<PipelineRegistry>());
        services.AddSingleton(provider => new PipelineReloader(
            provider.GetRequiredService<PipelineRegistry>(), provider.GetService<TimeProvider>() ?? TimeProvider.System, provider.GetService<ILogger<PipelineReloader>>()));
        services.TryAddSingleton(typeof(IRequestPipeline<,>), typeof(InjectedPipeline<,>));
        services.Add(ServiceDescriptor.KeyedSingleton(typeof(IRequestPipeline<,>), KeyedService.AnyKey, typeof(InjectedPipeline<,>)));
        services.AddSingleton<IHostedService, PipelineDrain>();
        return services;
    }

    /// <summary>Gives the store that pipelines with <c>cache.l2.provider = given</c> have as second level; it stays the caller's.</summary>
    public static IServiceCollection AddAkkaPerfSecondLevel(this IServiceCollection services, IDistributedCache store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return services.AddAkkaPerfSecondLevel(_ => store);
    }

    /// <summary>Gives the same from the container, such as one that is registered as <see cref="IDistributedCache"/>.</summary>
    public static IServiceCollection AddAkkaPerfSecondLevel(this IServiceCollection services, Func<IServiceProvider, IDistributedCache> store)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(store);
        return services.AddSingleton<ISecondLevelProvider>(provider => new GivenSecondLevel(store(provider)));
    }
}
