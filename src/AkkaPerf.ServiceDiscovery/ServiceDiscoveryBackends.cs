using AkkaPerf.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ServiceDiscovery;

namespace AkkaPerf.ServiceDiscovery;

/// <summary>Gives pipelines backends from service discovery.</summary>
public static class ServiceDiscoveryBackends
{
    /// <summary>Takes backends from a service, as <c>AddServiceDiscovery</c> finds its endpoints.</summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="services">The container that <c>AddServiceDiscovery</c> was called on; <c>AddAkka</c> gives it.</param>
    /// <param name="service">As HTTP clients name it, such as <c>https+http://shop</c>.</param>
    /// <exception cref="ArgumentException">The service is not named like that.</exception>
    public static PipelineBuilder<TRequest, TResponse> BackendsFromServiceDiscovery<TRequest, TResponse>(
        this PipelineBuilder<TRequest, TResponse> builder, IServiceProvider services, string service)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(services);
        return builder.BackendsFrom(new ServiceDiscoverySource(services.GetRequiredService<ServiceEndpointResolver>(), service));
    }
}
