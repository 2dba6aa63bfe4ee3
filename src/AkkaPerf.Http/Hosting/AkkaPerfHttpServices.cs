using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Express;
using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AkkaPerf.Http.Hosting;

/// <summary>Adds what routes to pipelines need of an application.</summary>
public static class AkkaPerfHttpServices
{
    /// <summary>Adds routing, with conditions on headers and query (<see cref="HttpRouteOptions.Headers"/>, <see cref="HttpRouteOptions.Query"/>).</summary>
    public static IServiceCollection AddAkkaPerfHttp(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, RouteConditionsPolicy>());
        services.TryAddSingleton(static all => new RoutedUrls(all));
        if (!services.Any(static service => service.ServiceType == typeof(ExpressServer)))
        {
            services.AddSingleton<ExpressServer>();

            // Before all others: what they put before the application stands before it for every request.
            services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, ExpressStartup>());
        }

        return services;
    }
}
