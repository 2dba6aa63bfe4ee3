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
        using var listener = Listen(heard);
        foreach (var backends in new[] { 0, 2 })
        {
            var alone = Start(system, unheard, backends);
            var watched = Start(system, heard, backends);
            var without = new Contender("nobody listens", 1, i => Discard(alone.SendAsync(i)));
            var with = new Contender("a MeterListener", 1, i => Discard(watched.SendAsync(i)));
            await FigureRounds.RunGroupAsync($"metrics, {backends} backends, 1 caller, handler completes at once", Requests, [without, with], rounds);
            var differences = with.Rounds.Zip(without.Rounds, static (one, other) => one.CpuNanoseconds - other.CpuNanoseconds).Order().ToArray();
            Console.WriteLine($"Difference a request: median {differences[rounds / 2]:N0} ns CPU, quartiles {differences[rounds / 4]:N0} and {differences[rounds * 3 / 4]:N0} ns");
        }

        Console.WriteLine($"The recordings of a request by themselves: {MeasureRecordings(heard):N1} ns with a MeterListener, {MeasureRecordings(unheard):N1} ns without");

        using (Sdk.CreateMeterProviderBuilder().AddMeter(AkkaPerfTelemetry.MeterName).AddOtlpExporter((_, reader) =>
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = int.MaxValue).Build())
        {
            using var collected = new Meters();
            Console.WriteLine($"The same with OpenTelemetry's SDK: {MeasureRecordings(collected):N1} ns");
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

    // Least of many rounds: what the machine does beside it only adds.
    private static double MeasureRecordings(Meters meters)
    {
        const int Turns = 1_000_000;
        var durations = new RequestDurations(new DurationMetrics(meters.Create(new MeterOptions(AkkaPerfTelemetry.MeterName))), "alone", TimeProvider.System);
        var backend = durations.OfBackend("a");
        var least = double.MaxValue;
        for (var round = 0; round < 20; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Turns; i++)
            {
                if (durations.IsEnabled)
                {
                    durations.Waited(i);
                    durations.Handled(i, backend);
                    durations.Answered(i);
                }
            }

            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Turns);
        }

        return least;
    }

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

    private static async ValueTask Discard(ValueTask<int> sending) => await sending;

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            return new Meter(options);
        }

        public void Dispose()
        {
            // The process ends.
        }
    }
}
