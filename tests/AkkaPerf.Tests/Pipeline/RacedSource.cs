using System.Collections.Concurrent;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>A handler of many moods, and a count of all that it must not see.</summary>
internal sealed class RacedSource(IReadOnlyList<RacedKey> keys, bool checksAlone)
{
    private readonly ConcurrentQueue<TaskCompletionSource> _held = new();
    private int _fast;

    /// <summary>What went wrong, in words.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>Handlers that ran without the stream.</summary>
    public int Fast => Volatile.Read(ref _fast);

    public async ValueTask<RacedAnswer> AnswerAsync(RacedRequest request, IExchangeContext<RacedAnswer> context)
    {
        var key = keys[request.Key];
        if (context is Exchange { Fast.IsFast: true })
        {
            Interlocked.Increment(ref _fast);
        }

        var quiet = checksAlone ? request.Quiet : -1;
        if (!key.TryRun(quiet))
        {
            Faults.Enqueue($"two loads of {key.Name}");
        }

        try
        {
            var answer = new RacedAnswer(request.Key, key.Version);
            return await ActAsync(request.Mood, answer, context).ConfigureAwait(false);
        }
        finally
        {
            key.End(quiet);
        }
    }

    /// <summary>Lets some of those go on who do not end by themselves.</summary>
    public void Release(int count)
    {
        while (count-- > 0 && _held.TryDequeue(out var held))
        {
            held.TrySetResult();
        }
    }

    private async ValueTask<RacedAnswer> ActAsync(Mood mood, RacedAnswer answer, IExchangeContext<RacedAnswer> context)
    {
        switch (mood)
        {
            case Mood.Blocks:
                Thread.SpinWait(2_000);
                break;
            case Mood.Yields:
                await Task.Yield();
                break;
            case Mood.Throws:
                throw new InvalidDataException("at once");
            case Mood.ThrowsLater:
                await Task.Yield();
                throw new InvalidDataException("later");
            case Mood.WaitsForItsEnd:
                using (context.CancellationToken.Register(() => Release(1)))
                {
                    await HoldAsync().ConfigureAwait(false);
                    context.CancellationToken.ThrowIfCancellationRequested();
                }

                break;
            case Mood.IgnoresCancellation:
                await HoldAsync().ConfigureAwait(false);
                break;
            case Mood.AnswersEarly:
                await Task.Yield();
                context.TryAnswer(answer);
                await HoldAsync().ConfigureAwait(false);
                break;
            case Mood.KeepsAfterAnswering:
                context.TryAnswer(answer);
                await Task.Yield();
                context.Keep(answer);
                break;
            case Mood.PrefersAnother:
                await Task.Yield();
                context.BlameBackend();
                context.PreferAnother();
                break;
            case Mood.SaysUnchanged when context.TryGetPrevious(out var previous):
                if (previous.Key != answer.Key)
                {
                    Faults.Enqueue($"{answer} was to refresh {previous}");
                }

                await Task.Yield();
                return previous.Version == answer.Version ? previous : answer;
        }

        return answer;
    }

    private Task HoldAsync()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _held.Enqueue(held);
        return held.Task;
    }
}
