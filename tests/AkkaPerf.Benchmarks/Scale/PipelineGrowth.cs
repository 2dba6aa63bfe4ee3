using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using AkkaPerf.Benchmarks.Results;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Benchmarks.Scale;

/// <summary>One to a thousand pipelines in a process.</summary>
internal static class PipelineGrowth
{
    private const int Rounds = 3;
    private const int WarmUps = 3;
    private const int Requests = 100_000;

    private static readonly int[] Counts = [1, 10, 100, 1_000];
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);

    private static readonly (string Name, Action<PipelineBuilder<int, int>> Define)[] Contenders =
    [
        ("AkkaPerf, plain handler", static builder => builder.Handle(static (id, _) => ValueTask.FromResult(id))),
        ("AkkaPerf, cache and two backends", static builder => builder
            .CacheBy(static id => id < 0 ? null : string.Create(CultureInfo.InvariantCulture, $"product:{id}"))
            .Configure(static options =>
            {
                options.Health.Enabled = false;
                options.Backends.Add(new() { Id = "a", Address = new Uri("tcp://a") });
                options.Backends.Add(new() { Id = "b", Address = new Uri("tcp://b") });
            })
            .Handle(static (id, _) => ValueTask.FromResult(id))),
    ];

    public static async Task<Growth> MeasureAsync()
    {
        // Compiled for good before one alone is looked at.
        for (var warmUp = 0; warmUp < WarmUps; warmUp++)
        {
            foreach (var (_, define) in Contenders)
            {
                await MeasureAsync(Counts[1], define);
            }
        }

        var rows = new List<Row>();
        foreach (var count in Counts)
        {
            foreach (var (name, define) in Contenders)
            {
                var rounds = new List<PipelineCosts>();
                for (var round = 0; round < Rounds; round++)
                {
                    rounds.Add(await MeasureAsync(count, define));
                }

                rows.Add(new Row(name, count, new Dictionary<string, Figure>(StringComparer.Ordinal)
                {
                    ["start of one"] = Figure.Of(rounds.Select(static round => round.StartMicroseconds), "µs"),
                    ["memory of one"] = Figure.Of(rounds.Select(static round => round.Bytes / 1024), "KiB"),
                    ["CPU of all that idle"] = Figure.Of(rounds.Select(static round => round.IdleMilliseconds), "ms/s"),
                    ["CPU a request, in turn to all"] = Figure.Of(rounds.Select(static round => round.RequestNanoseconds), "ns"),
                    ["CPU a request, all to one"] = Figure.Of(rounds.Select(static round => round.SingleNanoseconds), "ns"),
                }));
            }
        }

        return new Growth("pipelines", "pipelines", rows);
    }

    private static async Task<PipelineCosts> MeasureAsync(int count, Action<PipelineBuilder<int, int>> define)
    {
        var system = ActorSystem.Create("scale", ConfigurationFactory.ParseString("akka.loglevel = ERROR"));

        // The first brings what all share.
        await Start(system, "first", define).SendAsync(-1);
        var live = Meter.Live();
        var start = Stopwatch.GetTimestamp();
        var pipelines = Enumerable.Range(0, count).Select(i => Start(system, string.Create(CultureInfo.InvariantCulture, $"scale-{i}"), define)).ToArray();

        // Started is who answers.
        foreach (var pipeline in pipelines)
        {
            await pipeline.SendAsync(-1);
        }

        var startCost = Stopwatch.GetElapsedTime(start).TotalMicroseconds / count;
        var bytes = (double)(Meter.Live() - live) / count;

        // The process's own housekeeping is in it, whatever the number.
        var idle = await Meter.CpuNanosecondsAsync(1, static () => Task.Delay(Idle)) / 1_000_000 / Idle.TotalSeconds;
        var inTurn = await Meter.CpuNanosecondsAsync(Requests, () => SendAsync(pipelines, pipelines.Length));
        var single = await Meter.CpuNanosecondsAsync(Requests, () => SendAsync(pipelines, 1));
        await system.Terminate();
        return new PipelineCosts(startCost, bytes, idle, inTurn, single);
    }

    private static async Task SendAsync(RequestPipeline<int, int>[] pipelines, int used)
    {
        for (var i = 0; i < Requests; i++)
        {
            await pipelines[i % used].SendAsync(-1);
        }
    }

    private static RequestPipeline<int, int> Start(ActorSystem system, string name, Action<PipelineBuilder<int, int>> define)
    {
        var builder = new PipelineBuilder<int, int>();
        define(builder);
        var options = new PipelineOptions();
        builder.Apply(options);
        return PipelineStarter.Start(system, name, options, builder.Build(name)).Pipeline;
    }
}
