using Akka.Configuration;
using Akka.Hosting;
using AkkaPerf.Hosting;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Redis;
using AkkaPerf.Sqlite;
using Microsoft.Extensions.Logging.Console;

namespace AkkaPerf.Gateway;

/// <summary>Builds the gateway from its configuration and runs it until it is told to stop.</summary>
internal static class GatewayHost
{
    // What stopping takes besides the pipelines' own drains: Kestrel's and the actor system's.
    private static readonly TimeSpan StopReserve = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(GatewayConfiguration configuration, CancellationToken cancellationToken)
    {
        if (configuration.Options.Scheduling == SchedulingKind.Inline)
        {
            // Read once, by the first socket.
            Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        }

        ListenerCheck.Run(configuration.Options);
        var origins = await DemoOrigins.StartAsync(configuration.IsDemo ? configuration.Options.DemoOrigins : 0, cancellationToken).ConfigureAwait(false);
        await using (origins.ConfigureAwait(false))
        {
            configuration.Demo = origins.Backends;
            var app = Build(configuration);
            await using (app.ConfigureAwait(false))
            {
                await app.StartAsync(cancellationToken).ConfigureAwait(false);
                if (configuration.IsDemo)
                {
                    await WaitUntilReadyAsync(app.Services.GetRequiredService<IPipelines>(), cancellationToken).ConfigureAwait(false);
                }

                await StartReport.PrintAsync(Console.Out, configuration, app).ConfigureAwait(false);

                // What starting left behind is given back to the system, once: an idle gateway would keep it for ever.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                await app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // What the report invites to try should work at the first try. Our own origins are there at once; if not, the report says so all the same.
    private static async Task WaitUntilReadyAsync(IPipelines pipelines, CancellationToken cancellationToken)
    {
        const int Looks = 100;
        for (var i = 0; i < Looks && !pipelines.IsReady; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken).ConfigureAwait(false);
        }
    }

    private static WebApplication Build(GatewayConfiguration configuration)
    {
        var options = configuration.Options;
        var state = new GatewayState(configuration);
        state.Certificates.Replace(configuration.Certificates);

        // Nothing but what is said here: no appsettings.json, no ASPNETCORE_URLS beside our own configuration.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "AkkaPerf.Gateway" });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning)

            // Only told apart by whether it is on at all: then the host makes an activity and a log scope for every request.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)

            // What has begun and what has ended, and what operators have done.
            .AddFilter("AkkaPerf", LogLevel.Information)

            // The console is told of it in a line anyhow.
            .AddFilter<ConsoleLoggerProvider>("AkkaPerf.Gateway", LogLevel.None)
            .AddFilter<ConsoleLoggerProvider>("AkkaPerf.Hosting.PipelineReloader", LogLevel.None)

            // A start that fails says so itself, in a line; these would add its stack trace.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddFilter("Akka.Hosting", LogLevel.None);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => GatewayListeners.Configure(kestrel, options, state.Certificates));
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = options.Scheduling == SchedulingKind.Inline);
        if (options.UsesEventLoops)
        {
            builder.WebHost.UseEventLoops();
        }

        builder.Services.AddAkkaPerfHttp();
        builder.Services.AddAkkaPerfSqlite();
        builder.Services.AddAkkaPerfRedis();
        builder.Services.AddSingleton(state);
        builder.Services.AddHostedService<GatewayReload>();
        builder.Services.AddHostedService<NativeHeap>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainDelay + configuration.DrainTimeout + StopReserve);
        builder.Services.AddAkkaPerf(akkaPerf => akkaPerf.DrainDelay = options.DrainDelay);
        GatewayTelemetry.Add(builder.Services, configuration);
        builder.Services.AddAkka("gateway", akka => Define(akka, configuration));

        var app = builder.Build();
        app.MapWhen(
            static context => context.Features.Get<ListenerKind>() is { IsAdmin: true },
            admin => admin.UseRouting().UseUnroutedProblem().UseEndpoints(endpoints => GatewayTelemetry.Map(endpoints.MapAkkaPerfAdmin(options.Admin), options)));
        app.UseNormalizedRouting();
        app.UseUnroutedProblem();
        state.Endpoints.Use(GatewayEndpoints.Make(configuration, app.Services));
        ((IEndpointRouteBuilder)app).DataSources.Add(state.Endpoints);
        return app;
    }

    private static void Define(AkkaConfigurationBuilder akka, GatewayConfiguration configuration)
    {
        akka.ConfigureLoggers(loggers =>
        {
            loggers.ClearLoggers();
            loggers.AddLoggerFactory();
            loggers.LogLevel = Akka.Event.LogLevel.WarningLevel;
        });
        foreach (var file in configuration.Files)
        {
            // The last one ends up in front, and so wins.
            akka.AddHocon(ConfigurationFactory.ParseString(File.ReadAllText(file)), HoconAddMode.Prepend);
        }

        akka.WithPipelines(configuration.Blueprints());
    }
}
