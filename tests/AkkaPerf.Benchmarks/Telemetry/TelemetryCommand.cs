using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Akka.Actor;
using AkkaPerf.Backends;
using AkkaPerf.Benchmarks.Figures;
using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace AkkaPerf.Benchmarks.Telemetry;

/// <summary>What being watched costs a request: the same pipelines with nobody, with a listener of the meter, with a listener of the spans.</summary>
internal static class TelemetryCommand
{
    private const int Requests = 200_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 9;
        var system = ActorSystem.Create("telemetry");
        using var unheard = new Meters();
        using var heard = new Meters();
        using var collected = new Meters();
        using var listener = Listen(heard);
        using var provider = Collect(collected);
        foreach (var backends in new[] { 0, 2 })
        {
            var without = new Contender("nobody listens", 1, Sending(Start(system, unheard, backends)));
            var with = new Contender("a MeterListener", 1, Sending(Start(system, heard, backends)));
            var sdk = new Contender("OpenTelemetry's SDK", 1, Sending(Start(system, collected, backends)));
            var bare = new Contender("nobody, and the SDK's own calls beside it", 1, SendingAndRecording(Start(system, unheard, backends), new RecordingCosts(collected)));
            await FigureRounds.RunGroupAsync(
                $"metrics, {backends} backends, 1 caller, handler completes at once", Requests, [without, with, sdk, bare], rounds);
            PrintDifference(with, without);
            PrintDifference(sdk, without);
            PrintDifference(sdk, bare);
        }

        Console.WriteLine("The recordings of a request by themselves, and bare ones of the same tags:");
        foreach (var (name, meters) in new[] { ("nobody", unheard), ("a MeterListener", heard), ("OpenTelemetry's SDK", collected) })
        {
            var (ours, bare) = new RecordingCosts(meters).Measure();
            Console.WriteLine($"{name}: {ours:N1} ns, bare {bare:N1} ns");
        }

        var unsampled = Start(system, unheard, 2);
        var quiet = new Contender("nobody listens", 1, i => Discard(unsampled.SendAsync(i)));
        await FigureRounds.RunGroupAsync("spans, 2 backends: nobody", Requests, [quiet], rounds);
        foreach (var result in new[] { ActivitySamplingResult.None, ActivitySamplingResult.AllDataAndRecorded })
        {
            using var spans = new ActivityListener
            {
                ShouldListenTo = static source => source.Name == AkkaPerfTelemetry.ActivitySourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => result,
            };
            ActivitySource.AddActivityListener(spans);
            var traced = new Contender($"sampling: {result}", 1, i => Discard(unsampled.SendAsync(i)));
            await FigureRounds.RunGroupAsync($"spans, 2 backends: {result}", Requests / 5, [traced], rounds);
        }

        await system.Terminate();
        return 0;
    }

    private static void PrintDifference(Contender one, Contender other)
    {
        var differences = one.Rounds.Zip(other.Rounds, static (first, second) => first.CpuNanoseconds - second.CpuNanoseconds).Order().ToArray();
        var count = differences.Length;
        Console.WriteLine(
            $"{one.Name}, more a request than {other.Name}: median {differences[count / 2]:N0} ns CPU, quartiles {differences[count / 4]:N0} and {differences[count * 3 / 4]:N0} ns");
    }

    private static Func<int, ValueTask> Sending(RequestPipeline<int, int> pipeline) => i => Discard(pipeline.SendAsync(i));

    private static RequestPipeline<int, int> Start(ActorSystem system, Meters meters, int backends)
    {
        var services = new ServiceCollection().AddSingleton<IMeterFactory>(meters).AddAkkaPerf().BuildServiceProvider();
        var builder = new PipelineBuilder<int, int>();
        builder.Handle(static (id, _) => ValueTask.FromResult(id));
        var options = new PipelineOptions();
        options.Health.Enabled = false;
        for (var i = 0; i < backends; i++)
        {
            options.Backends.Add(new BackendOptions { Id = $"b{i}", Address = new Uri($"tcp://127.0.0.1:{9000 + i}") });
        }

        var name = $"telemetry-{Guid.NewGuid():N}";
        return PipelineStarter.Start(system, name, options, builder.Build(name), services).Pipeline;
    }

    private static Func<int, ValueTask> SendingAndRecording(RequestPipeline<int, int> pipeline, RecordingCosts recordings) => async i =>
    {
        await pipeline.SendAsync(i);
        recordings.RecordBare(i);
    };

    // Adds up as little as a listener can.
    private static MeterListener Listen(Meters meters)
    {
        var sum = new double[1];
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => sum[0] += value);
        listener.Start();
        return listener;
    }

    // As an application has it: by the meter's name, which all in this process share, so that what is not meant is dropped.
    private static MeterProvider Collect(Meters meters) => Sdk.CreateMeterProviderBuilder()
        .AddMeter(AkkaPerfTelemetry.MeterName)
        .AddView(instrument => ReferenceEquals(instrument.Meter.Scope, meters) ? null : MetricStreamConfiguration.Drop)
        .AddOtlpExporter((_, reader) => reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = int.MaxValue)
        .Build();

    private static async ValueTask Discard(ValueTask<int> sending) => await sending;
}
