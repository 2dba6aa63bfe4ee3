using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Implementation;

namespace AkkaPerf.TestKit;

/// <summary>Checks that the streams of a materializer have ended: a stage that goes on is a leak.</summary>
public static class StageLeakCheck
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    /// <summary>Returns when no stage of the materializer runs any more.</summary>
    /// <exception cref="ArgumentException">The materializer does not run its stages as actors.</exception>
    /// <exception cref="ExpectationFailedException">Some go on; the message names their islands.</exception>
    public static async Task AssertAllStoppedAsync(IMaterializer materializer, CancellationToken cancellationToken = default)
    {
        if (materializer is not ActorMaterializer actors)
        {
            throw new ArgumentException("Only stages that run as actors can be counted.", nameof(materializer));
        }

        if (actors.IsShutdown)
        {
            return;
        }

        // An island that has ended says so to nobody but its supervisor, and a little later.
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = (await actors.Supervisor.Ask<StreamSupervisor.Children>(StreamSupervisor.GetChildren.Instance, AnswerLimit, cancellationToken)
                .ConfigureAwait(false)).Refs;
            if (left.Count == 0)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > AnswerLimit)
            {
                throw new ExpectationFailedException($"Expected all stages to have stopped, but these go on: {string.Join(", ", left.Select(child => child.Path.Name))}.");
            }

            await Task.Yield();
        }
    }
}
