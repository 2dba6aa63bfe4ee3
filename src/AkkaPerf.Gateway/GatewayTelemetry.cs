using AkkaPerf.Telemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AkkaPerf.Gateway;

/// <summary>Takes what the library says of itself out of the process, by OpenTelemetry's own means.</summary>
internal static class GatewayTelemetry
{
    private const string RuntimeMeter = "System.Runtime";

    // The server's connections and the runtime's memory and threads: nothing that costs a request anything.
    private static readonly string[] Meters = [AkkaPerfTelemetry.MeterName, "Microsoft.AspNetCore.Server.Kestrel", RuntimeMeter];

    // Of the runtime's: collections by generation, exceptions by type.
    private const int RuntimeSeries = 100;

    public static void Add(IServiceCollection services, GatewayConfiguration configuration)
    {
        var options = configuration.Options.Telemetry;
        var sends = options.Otlp.Length > 0;
        if (!options.Prometheus && !sends)
        {
            return;
        }

        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(options.ServiceName, serviceVersion: typeof(GatewayTelemetry).Assembly.GetName().Version?.ToString(3)))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Meters);

                // Memory for a metric's series is taken when it appears, for two thousand of them if nothing is said: more than all else that an idle gateway keeps.
                var ours = new MetricStreamConfiguration { CardinalityLimit = Math.Max(options.MaxSeries, 2 * configuration.Series) };
                var runtimes = new MetricStreamConfiguration { CardinalityLimit = RuntimeSeries };
                metrics.AddView(instrument => instrument.Meter.Name == RuntimeMeter ? runtimes : ours);
                if (options.Prometheus)
                {
                    metrics.AddPrometheusExporter();
                }

                if (sends)
                {
                    metrics.AddOtlpExporter((exporter, reader) =>
                    {
                        Configure(exporter, options, "v1/metrics");
                        reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.OtlpInterval.TotalMilliseconds;
                    });
                }
            });
        if (sends)
        {
            telemetry
                .WithTracing(tracing => tracing
                    .AddSource(AkkaPerfTelemetry.ActivitySourceName)
                    .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TraceRatio)))
                    .AddOtlpExporter(exporter => Configure(exporter, options, "v1/traces")))
                .WithLogging(logging => logging.AddOtlpExporter(exporter => Configure(exporter, options, "v1/logs")));
        }
    }

    /// <summary>Maps what Prometheus reads, behind the same guard as everything that operators see.</summary>
    public static void Map(IEndpointRouteBuilder admin, GatewayOptions options)
    {
        if (options.Telemetry.Prometheus)
        {
            admin.MapPrometheusScrapingEndpoint("/metrics");
        }
    }

    private static void Configure(OtlpExporterOptions exporter, TelemetryOptions options, string path)
    {
        var address = new Uri(options.Otlp);
        exporter.Protocol = options.OtlpProtocol == OtlpKind.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;

        // An address that is set is taken as it stands: by HTTP each signal has a path of its own.
        exporter.Endpoint = options.OtlpProtocol == OtlpKind.Grpc ? address : new Uri(address.AbsoluteUri.TrimEnd('/') + "/" + path);
    }
}
