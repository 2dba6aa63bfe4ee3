using System.Runtime.InteropServices;
using AkkaPerf.Caching;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Gateway;

/// <summary>What the gateway says when it runs: where it listens, what it forwards to, what to try.</summary>
internal static class StartReport
{
    public static async Task PrintAsync(TextWriter output, GatewayConfiguration configuration, WebApplication app)
    {
        // In the order in which they were opened: the operators' is the last.
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.ToArray();
        var admin = addresses[^1];
        await output.WriteLineAsync($"Listening on {string.Join(", ", addresses[..^1])}; admin on {admin}").ConfigureAwait(false);
        foreach (var pipeline in app.Services.GetRequiredService<IPipelines>().All)
        {
            var backends = pipeline.Describe().Backends.Select(backend => $"{backend.Id} {backend.Address.OriginalString}");
            await output.WriteLineAsync($"Pipeline {pipeline.Name}: {string.Join(", ", backends)}").ConfigureAwait(false);
        }

        foreach (var name in configuration.Pipelines.Where(name => SharesWhatCookiesMade(configuration, name)))
        {
            await output.WriteLineAsync(
                $"Warning: pipeline {name} has cache.http.profile = rfc9111, and a route without Cookie in cache.key-headers: what was answered to one cookie is given to others unless the backend forbids it").ConfigureAwait(false);
        }

        await output.WriteLineAsync($"Runtime: ASP.NET Core {ServerRuntime.Version} on {RuntimeInformation.FrameworkDescription}").ConfigureAwait(false);
        await output.WriteLineAsync($"Dashboard: {admin}/").ConfigureAwait(false);
        string[] examples = configuration.IsDemo
            ? [$"curl -i {addresses[0]}/", $"curl -i {addresses[0]}/cacheable", $"curl -i '{addresses[0]}/slow?ms=500'", $"curl -i {addresses[0]}/echo/anything", $"curl {admin}/pipelines/demo"]
            : [$"curl {admin}/health/ready", $"curl {admin}/pipelines"];
        await output.WriteLineAsync($"Try:{string.Concat(examples.Select(example => $"\n  {example}"))}").ConfigureAwait(false);
        await output.FlushAsync().ConfigureAwait(false);
    }

    // In the safe profile who shows a cookie gets only what says that it is for everybody.
    private static bool SharesWhatCookiesMade(GatewayConfiguration configuration, string name) =>
        new PipelineConfiguration(configuration.Stack).BindHttp(name).Value.Cache is { Enabled: true, Http.Profile: HttpCacheProfile.Rfc9111 }
        && configuration.Options.Routes.Any(route =>
            route.Pipeline == name
            && route.Cache.Mode != HttpCacheMode.Bypass
            && !route.Cache.KeyHeaders.Contains("Cookie", StringComparer.OrdinalIgnoreCase));
}
