using Akka.Actor;
using Akka.Configuration;
using AkkaPerf.Benchmarks.Results;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Benchmarks.Scale;

/// <summary>One to a hundred thousand exchanges in a pipeline at once, all of them running or all but one waiting for a permit.</summary>
internal static class FlightGrowth
{
    private const int Rounds = 3;
    private const int Passing = 20_000;
    private const int WarmUps = 5;
    private const int Most = 20_000;

    // With fewer the waiting until all are inside costs more than they do, and buffers weigh more.
    private const int Enough = 100;

    private static readonly int[] Counts = [1, 10, 100, 1_000, 10_000, 100_000];

    public static async Task<Growth> MeasureAsync()
    {
        // Compiled for good before the small ones, which would not get that far by themselves.
        for (var warmUp = 0; warmUp < WarmUps; warmUp++)
        {
            await MeasureAsync(Most, Most);
            await MeasureAsync(Most, 1);
        }

        var rows = new List<Row>();
        foreach (var count in Counts)
        {
            foreach (var (name, permits) in new[] { ("AkkaPerf, running", count), ("AkkaPerf, waiting", 1) }.DistinctBy(static contender => contender.Item2))
            {
                var rounds = new List<FlightCosts>();
                for (var round = 0; round < Rounds; round++)
                {
                    rounds.Add(await MeasureAsync(count, permits));
                }

                var figures = new Dictionary<string, Figure>(StringComparer.Ordinal)
                {
                    [permits == count ? "CPU of a request that passes them" : "CPU of a refusal beside them"] =
                        Figure.Of(rounds.Select(static round => round.PassingNanoseconds), "ns"),
                };
                if (count >= Enough)
                {
                    figures["memory of one"] = Figure.Of(rounds.Select(static round => round.Bytes), "B");
                    figures["CPU of one, from its coming to its answer"] = Figure.Of(rounds.Select(static round => round.LifeNanoseconds), "ns");
                }

                rows.Add(new Row(name, count, figures));
            }
        }

        return new Growth("in flight", "exchanges", rows);
    }

    private static async Task<FlightCosts> MeasureAsync(int count, int permits)
    {
        var isRunning = permits == count;
        var system = ActorSystem.Create("scale", ConfigurationFactory.ParseString("akka.loglevel = ERROR"));
        var answers = Enumerable.Range(0, count).Select(static _ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var builder = new PipelineBuilder<int, int>();
        builder.Handle((id, _) => id < 0 ? ValueTask.FromResult(id) : new ValueTask<int>(answers[id].Task));
        var options = new PipelineOptions { Timeout = TimeSpan.FromHours(1) };
        options.Ingress.Capacity = count + 10;
        options.Throttle.Concurrency = permits + (isRunning ? 5 : 0);
        options.Throttle.Queue = isRunning ? 5 : count - permits;
        var pipeline = PipelineStarter.Start(system, "scale", options, builder.Build("scale")).Pipeline;
        await pipeline.SendAsync(-1);
        await UntilAsync(() => pipeline.Describe() is { InFlight: 0, Permits.InUse: 0 });
        var waiting = new ValueTask<Outcome<int>>[count];
        var live = Meter.Live();
        var cpu = await Meter.CpuNanosecondsAsync(count, () =>
        {
            for (var i = 0; i < count; i++)
            {
#pragma warning disable CA2012 // Kept as callers keep theirs; each is consumed once.
                waiting[i] = pipeline.TrySendAsync(i);
#pragma warning restore CA2012
            }

            return UntilAsync(() => pipeline.Describe() is var now && now.Permits.InUse + now.Waiting.Room == count);
        });
        var bytes = (double)(Meter.Live() - live) / count;
        var passing = await Meter.CpuNanosecondsAsync(Passing, () => PassAsync(pipeline, isRunning));
        cpu += await Meter.CpuNanosecondsAsync(count, async () =>
        {
            foreach (var answer in answers)
            {
                answer.SetResult(0);
            }

            foreach (var one in waiting)
            {
                if (!(await one).IsSuccess)
                {
                    throw new InvalidOperationException("Not all were answered.");
                }
            }
        });
        await system.Terminate();
        return new FlightCosts(bytes, cpu, passing);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            await Task.Delay(1);
        }
    }

    private static async Task PassAsync(RequestPipeline<int, int> pipeline, bool isAnswered)
    {
        for (var i = 0; i < Passing; i++)
        {
            var outcome = await pipeline.TrySendAsync(-1);
            if (outcome.IsSuccess != isAnswered)
            {
                throw new InvalidOperationException($"It was not to end so: {outcome}.");
            }
        }
    }
}
