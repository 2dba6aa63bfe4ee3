using System.Net;
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
    // The server's connections and the runtime's memory and threads: nothing that costs a request anything.
    private static readonly string[] Meters = [AkkaPerfTelemetry.MeterName, "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    public static void Add(IServiceCollection services, TelemetryOptions options)
    {
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

    public static void Map(IEndpointRouteBuilder endpoints, GatewayOptions options)
    {
        if (!options.Telemetry.Prometheus)
        {
            return;
        }

        var metrics = endpoints.MapPrometheusScrapingEndpoint("/metrics");
        if (IsLoopback(options.Admin.Listen.IdnHost))
        {
            metrics.Add(static endpoint =>
            {
                var read = endpoint.RequestDelegate!;
                endpoint.RequestDelegate = context => IsLoopback(context.Request.Host.Host) ? read(context) : RefuseAsync(context);
            });
        }
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    // A web page may have its own name resolve to us (DNS rebinding): then the browser says that name.
    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return Task.CompletedTask;
    }

    private static void Configure(OtlpExporterOptions exporter, TelemetryOptions options, string path)
    {
        var address = new Uri(options.Otlp);
        exporter.Protocol = options.OtlpProtocol == OtlpKind.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;

        // An address that is set is taken as it stands: by HTTP each signal has a path of its own.
        exporter.Endpoint = options.OtlpProtocol == OtlpKind.Grpc ? address : new Uri(address.AbsoluteUri.TrimEnd('/') + "/" + path);
    }
}
