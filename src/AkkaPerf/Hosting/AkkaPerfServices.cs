using AkkaPerf.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

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
        services.AddSingleton<IPipelines>(provider => provider.GetRequiredService<PipelineRegistry>());
        services.TryAddSingleton(typeof(IRequestPipeline<,>), typeof(InjectedPipeline<,>));
        services.Add(ServiceDescriptor.KeyedSingleton(typeof(IRequestPipeline<,>), KeyedService.AnyKey, typeof(InjectedPipeline<,>)));
        services.AddSingleton<IHostedService, PipelineDrain>();
        return services;
    }
}
